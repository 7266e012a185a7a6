()=>{};x=>x;(a,b=1,{c},[d],...e)=>({a});async()=>await 1;async x=>x;(a)=>b=>c=>({});(x=>x)(1);
