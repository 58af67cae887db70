#!/bin/sh
echo install-shop
