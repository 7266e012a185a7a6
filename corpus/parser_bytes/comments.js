// line
/* block */ a /* multi
line */ b
<!-- html
--> html end
#\u{61}
