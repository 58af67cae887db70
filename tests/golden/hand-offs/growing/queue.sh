#!/bin/sh
echo queue
