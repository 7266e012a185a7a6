var $,_,a1,é,π,𠀀,let_,of,as,from,get,set,async,static_,await_,yield_;let
=1;of;get=set;target;meta;