#!/usr/bin/env node
import module from 'node:module';

// From Node 22 on, compiled code is kept from one start to the next.
module.enableCompileCache?.();
await import('../dist/main.js');
