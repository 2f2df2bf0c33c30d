/// PTX as NVRTC emits it, and as people write it in inline assembly.
///
/// The grammar knows statements, declarations and operand shapes; it does not know opcodes: an
/// opcode with its modifiers is one WORD token, so that prediction needs one or two tokens and a
/// file of thousands of lines parses in milliseconds. Meaning is given by the decoder.
grammar Ptx;

module : topLevel* EOF ;

topLevel
    : VERSION NUMBER
    | TARGET WORD (',' WORD)*
    | ADDRESS_SIZE NUMBER
    | fileDirective
    | section
    | PRAGMA STRING (',' STRING)* ';'
    | ALIAS WORD ',' WORD ';'
    | LINKAGE* function
    | LINKAGE* variable
    ;

fileDirective : FILE NUMBER STRING (',' NUMBER)* ;

section : SECTION (DOTWORD | STRING) '{' sectionItem* '}' ;

sectionItem : DOTWORD sectionValue (',' sectionValue)* | WORD ':' ;

sectionValue : '-'? NUMBER | (WORD | DOTWORD) (('+' | '-') (NUMBER | WORD | DOTWORD))* ;

function
    : ENTRY name=WORD parameters? functionDirective* (block | ';')
    | FUNC attribute* results=parameters? name=WORD parameters? functionDirective* (block | ';')
    ;

attribute : ATTRIBUTE '(' (DOTWORD | WORD) (',' NUMBER)* ')' ;

functionDirective : DOTWORD (NUMBER (',' NUMBER)*)? | PRAGMA STRING ';' ;

parameters : '(' (parameter (',' parameter)*)? ')' ;

parameter : declarationPart+ WORD dimension* ;

declarationPart : DOTWORD | ALIGN NUMBER | attribute ;

dimension : '[' NUMBER? ']' ;

variable : declarationPart+ declarator (',' declarator)* ';' ;

declarator : WORD dimension* ('=' initializer)? ;

initializer
    : '{' (initializer (',' initializer)*)? '}'
    | '-'? NUMBER
    | WORD ('(' WORD ')')? (('+' | '-') NUMBER)?
    ;

block : '{' statement* '}' ;

statement
    : WORD ':'
    | instruction
    | location
    | registers
    | variable
    | block
    | PRAGMA STRING (',' STRING)* ';'
    | BRANCHTARGETS WORD (',' WORD)* ';'
    | CALLPROTOTYPE parameters? WORD parameters? functionDirective* ';'
    | fileDirective
    | ';'
    ;

registers : REG DOTWORD+ registerName (',' registerName)* ';' ;

registerName : WORD ('<' NUMBER '>')? ;

location
    : LOC NUMBER NUMBER NUMBER
      (',' WORD WORD ('+' NUMBER)? ',' WORD NUMBER NUMBER NUMBER)?
    ;

instruction : guard? WORD (operand (',' operand)*)? ';' ;

guard : '@' '!'? WORD ;

operand
    : '!'? WORD ('|' WORD)?                       # name
    | WORD ('+' | '-') NUMBER                     # nameOffset
    | '-'? NUMBER                                 # number
    | '{' operand (',' operand)* '}'              # tuple
    | '(' (operand (',' operand)*)? ')'           # list
    | '[' addressBase (',' operand)* ']'          # address
    ;

addressBase
    : WORD addressOffset*
    | '-'? NUMBER addressOffset*
    ;

addressOffset : '+' '-'? NUMBER | '-' NUMBER ;

VERSION : '.version' ;
TARGET : '.target' ;
ADDRESS_SIZE : '.address_size' ;
FILE : '.file' ;
SECTION : '.section' ;
PRAGMA : '.pragma' ;
ALIAS : '.alias' ;
ENTRY : '.entry' ;
FUNC : '.func' ;
ATTRIBUTE : '.attribute' ;
ALIGN : '.align' ;
REG : '.reg' ;
LOC : '.loc' ;
BRANCHTARGETS : '.branchtargets' ;
CALLPROTOTYPE : '.callprototype' ;
LINKAGE : '.visible' | '.extern' | '.weak' | '.common' ;

DOTWORD : '.' [a-zA-Z_] [a-zA-Z0-9_$]* ('::' [a-zA-Z0-9_]+)* ;

WORD : [a-zA-Z_$%] [a-zA-Z0-9_$%]* (('.' | '::') [a-zA-Z0-9_$]+)* ;

NUMBER
    : '0' [fF] [0-9a-fA-F]+
    | '0' [dD] [0-9a-fA-F]+
    | '0' [xX] [0-9a-fA-F]+ 'U'?
    | '0' [bB] [01]+ 'U'?
    | [0-9]+ '.' [0-9]* ([eE] [+-]? [0-9]+)?
    | [0-9]+ [eE] [+-]? [0-9]+
    | [0-9]+ 'U'?
    ;

STRING : '"' (~["\r\n])* '"' ;

SPACE : [ \t\r\n\f]+ -> skip ;
LINE_COMMENT : '//' ~[\r\n]* -> skip ;
BLOCK_COMMENT : '/*' .*? '*/' -> skip ;
UNKNOWN : . ;
