#!/bin/sh
echo forget
