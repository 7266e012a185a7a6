async function f(){await g();for await(const x of y)await x;}
async function*h(){yield await 1;yield*z;}
async
function k(){}var async=1;async(2);