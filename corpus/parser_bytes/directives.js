"use strict";
'not a directive';function f(){"use strict";return this}
function g(){'a';'use strict';}