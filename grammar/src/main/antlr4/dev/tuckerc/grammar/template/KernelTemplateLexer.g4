// A kernel template is CUDA C++ in which only lines beginning with `//!` are special. Every other
// line is one TEXT token; a special line is tokenised in the mode DIRECTIVE_LINE.
lexer grammar KernelTemplateLexer;

MARK : [ \t]* '//!' -> pushMode(DIRECTIVE_LINE) ;

// Any line that does not begin with `//!`, with its line end.
TEXT
    : [ \t]*
      ( EOL
      | ~[ \t/\r\n] REST EOL
      | '/' ( EOL | ~[/\r\n] REST EOL )
      | '//' ( EOL | ~[!\r\n] REST EOL )
      )
    ;

fragment REST : ~[\r\n]* ;
fragment EOL : '\r'? '\n' ;

mode DIRECTIVE_LINE;

TEMPLATE : 'template' ;
FRAGMENT : 'fragment' ;
PARAM : 'param' ;
SHAPE : 'shape' ;
LET : 'let' ;
REQUIRE : 'require' ;
HOLE : 'hole' ;
CONSTANTS : 'constants' ;
IF : 'if' ;
ELSE : 'else' ;
END : 'end' ;
IN : 'in' ;

NUMBER : [0-9]+ ;
NAME : [A-Za-z_] [A-Za-z0-9_]* ;
STRING : '"' ~["\r\n]* '"' ;

ASSIGN : '=' ;
COMMA : ',' ;
COLON : ':' ;
DOT : '.' ;
OPEN : '(' ;
CLOSE : ')' ;
OPEN_BRACE : '{' ;
CLOSE_BRACE : '}' ;
OR : '||' ;
AND : '&&' ;
EQUAL : '==' ;
NOT_EQUAL : '!=' ;
LESS_OR_EQUAL : '<=' ;
GREATER_OR_EQUAL : '>=' ;
LESS : '<' ;
GREATER : '>' ;
PLUS : '+' ;
MINUS : '-' ;
TIMES : '*' ;
DIVIDE : '/' ;
MODULO : '%' ;
NOT : '!' ;
QUESTION : '?' ;

LINE_END : '\r'? '\n' -> popMode ;
BLANK : [ \t]+ -> skip ;
