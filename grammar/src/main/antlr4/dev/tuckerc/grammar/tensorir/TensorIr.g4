/** Text form of the tensor IR; docs/ir.md describes it.
 *
 * Numbers have no sign of their own, so that 'x0 - 1.0:f32' and 'H-1' need no spaces. No word is
 * reserved: 'graph', 'loc', element types and function names may all be names too. */
grammar TensorIr;

graph
    : 'graph' symbol block EOF
    ;

/** Inputs, outputs and nodes: a whole graph's, or those of the body of a region. */
block
    : '(' (parameter (',' parameter)*)? ')' '->' '(' (output (',' output)*)? ')' '{' node* '}'
    ;

/** '@resnet18' or '@"any text"'. */
symbol : '@' (name | STRING) ;

parameter : value ':' type ;

/** The output's name is the value's unless stated. */
output : (STRING '=')? value ;

node : results '=' name '(' operands? ')' attributes? ':' signature location? ;

results : value (',' value)* ;

operands : value (',' value)* ;

/** '%3', '%layer1.relu' or '%"any text"'. */
value : VALUE | QUOTED_VALUE ;

signature : ('(' (type (',' type)*)? ')' '->')? resultTypes ;

resultTypes : type | '(' type (',' type)+ ')' ;

/** 'f16[N,64,56,56]{NHWC}' or, the layout as an order of axes, 'f32[2,3]{1,0}'; with a pitch,
    'f16[1,64,56,56]{NHWC:256}'. */
type : name '[' (dim (',' dim)*)? ']' layout? ;

layout : '{' (name | INTEGER (',' INTEGER)*) pitch? '}' ;

pitch : ':' INTEGER ;

/** A number, an expression over symbols, or any text as a string. */
dim : STRING | dimPart+ ;

dimPart : name | INTEGER | REAL | '+' | '-' | '*' | '/' | '(' dimPart+ ')' ;

attributes : '{' (attribute (',' attribute)*)? '}' ;

attribute : name '=' attributeValue ;

attributeValue
    : STRING                                    # text
    | '{' expression '}'                        # body
    | block                                     # nestedBlock
    | '@' (name | STRING)                       # reference
    | '<' (scalar (',' scalar)*)? '>'           # data
    | '[' (listItem (',' listItem)*)? ']'       # list
    | scalar                                    # single
    ;

listItem : dim ;

/** A number; 'inf', 'nan', 'true', 'false' or an element type. */
scalar : '-'? (INTEGER | REAL | name) ;

expression : term (('+' | '-') term)* ;

term : factor (('*' | '/') factor)* ;

factor
    : name '(' expression (',' expression)* ')' # call
    | scalar ':' name                           # literal
    | name                                      # word
    | '(' expression ')'                        # nested
    ;

/** Source nodes: 'loc(3: Conv "layer1.0.conv1", 4: Relu "layer1.0.relu")'. */
location : 'loc' '(' origin (',' origin)* ')' ;

origin : '-'? INTEGER ':' (name | STRING) STRING ;

name : NAME | 'graph' | 'loc' ;

VALUE : '%' [A-Za-z0-9_.$]+ ;
QUOTED_VALUE : '%' STRING ;
NAME : [A-Za-z_] [A-Za-z0-9_]* ('.' [A-Za-z0-9_]+)* ;
REAL
    : [0-9]+ '.' [0-9]* ([eE] [+-]? [0-9]+)?
    | [0-9]+ [eE] [+-]? [0-9]+
    ;
INTEGER : [0-9]+ ;
STRING : '"' ('\\' . | ~["\\\r\n])* '"' ;
COMMENT : '//' ~[\r\n]* -> skip ;
SPACE : [ \t\r\n]+ -> skip ;
