/a/.b;a=/b/i;(/c/);[/d/];{/e/}x/=1;a/b/c;if(x)/f/;return_/g/h;typeof/i/;()=>{}
/j/k;a++/b/c;`${/l/}`;/[\]/]/dgimsuy;