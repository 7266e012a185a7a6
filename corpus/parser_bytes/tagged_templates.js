`a`;`${b}`;`a${b}c${d}e`;f`g`;f`\u{bad} ${1} \xg`;a.b`c``d`;new e`f`;`${`${`n`}`}`;`\`\${}`;`line
line`;