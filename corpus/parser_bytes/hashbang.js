#!/usr/bin/env heddle
"use strict";x