class A{#x=1;#m(){return this.#x}get #g(){return 1}set #g(v){}static #s(){}static has(o){return #x in o}t(){this.#x++;this.#x??=2;return o?.#m()}}
(class{});(class N extends(a,b){});