#!/bin/sh
echo watch
