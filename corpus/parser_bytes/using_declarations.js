{using a=b,c=d;}async function f(){await using e=g;for(using h of i);for(await using j of k);for await(using l of m);}using
x;using[0];for(using of of[]);