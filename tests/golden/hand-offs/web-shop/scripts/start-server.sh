#!/bin/sh
echo start-server
