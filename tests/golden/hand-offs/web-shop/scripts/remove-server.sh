#!/bin/sh
echo remove-server
