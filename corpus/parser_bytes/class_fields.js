class A{x;y=1;static z=2;[k]=3;"s"=4;5=6;static{this.q=1;var v;}async;get;set;static;static static;async
m(){}get
x_(){return 1}}