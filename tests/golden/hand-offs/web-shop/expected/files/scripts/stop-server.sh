#!/bin/sh
echo stop-server
