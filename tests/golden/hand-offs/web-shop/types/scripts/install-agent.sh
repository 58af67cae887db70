#!/bin/sh
echo install-agent
