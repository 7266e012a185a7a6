// What stands around every program when it is measured: it warms up, repeats run() for at least SECONDS and prints one
// line of JSON. NAME and SECONDS are defined before it; SECONDS of 0 runs once, for the checksum alone.
(function () {
  'use strict';
  var now = typeof performance === 'object' && typeof performance.now === 'function' ? function () { return performance.now(); }
    : typeof preciseTime === 'function' ? function () { return preciseTime() * 1000; }
    : typeof dateNow === 'function' ? dateNow
    : Date.now;
  var say = typeof print === 'function' ? print : function (text) { console.log(text); };
  var checksum = run(), iterations = 1, begin = now(), elapsed = 0;
  if (SECONDS > 0) {
    var warm = now() + Math.min(SECONDS, 1) * 200;
    do { if (run() !== checksum) throw new Error('the checksum of ' + NAME + ' changes'); } while (now() < warm);
    iterations = 0;
    begin = now();
    do {
      if (run() !== checksum) throw new Error('the checksum of ' + NAME + ' changes');
      iterations++;
      elapsed = now() - begin;
    } while (elapsed < SECONDS * 1000);
  }
  say(JSON.stringify({ name: NAME, iterations: iterations, ms: elapsed, checksum: checksum }));
})();
