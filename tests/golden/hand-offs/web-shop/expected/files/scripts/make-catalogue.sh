#!/bin/sh
echo make-catalogue
