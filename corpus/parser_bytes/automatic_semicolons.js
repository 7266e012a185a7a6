var a=1
var b=2
a
++b
return_:{break return_}
if(a)b
else c
do x();while(0)y()
