export default(a,b)=>a+b;
var a=await b;