#!/bin/sh
echo install-server
