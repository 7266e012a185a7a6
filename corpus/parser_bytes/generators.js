function*g(){yield;yield 1;yield*g();const x=yield y;[yield];({[yield]:1});(yield);yield
/re/;return yield}var yield_=1;({*m(){yield}});