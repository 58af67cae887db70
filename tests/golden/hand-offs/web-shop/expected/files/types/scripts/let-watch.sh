#!/bin/sh
echo let-watch
