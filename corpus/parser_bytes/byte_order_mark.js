#!/usr/bin/env heddle
x