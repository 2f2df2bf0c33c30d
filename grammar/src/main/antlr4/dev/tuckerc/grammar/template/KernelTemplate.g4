// Directives of a kernel template; the language is described in dev.tuckerc.codegen.template.
parser grammar KernelTemplate;

options { tokenVocab = KernelTemplateLexer; }

file : header item* EOF ;

header : MARK ( TEMPLATE | FRAGMENT ) dottedName COLON STRING LINE_END ;

dottedName : NAME ( DOT NAME )* ;

item
    : TEXT                                                             # text
    | MARK PARAM parameter ( COMMA parameter )* LINE_END               # parameters
    | MARK SHAPE NAME ( COMMA NAME )* LINE_END                         # shapes
    | MARK LET NAME ASSIGN expression LINE_END                         # let
    | MARK REQUIRE expression COLON STRING LINE_END                    # require
    | MARK CONSTANTS LINE_END TEXT* MARK END LINE_END                  # constants
    | MARK HOLE NAME LINE_END TEXT* MARK END LINE_END                  # hole
    | MARK IF expression LINE_END whenTrue=block
      ( MARK ELSE LINE_END whenFalse=block )? MARK END LINE_END        # conditional
    ;

block : item* ;

parameter
    : NAME IN OPEN_BRACE NUMBER ( COMMA NUMBER )* CLOSE_BRACE
    | NAME ASSIGN NUMBER
    ;

expression
    : NUMBER                                                           # number
    | NAME OPEN expression ( COMMA expression )* CLOSE                 # call
    | NAME                                                             # name
    | OPEN expression CLOSE                                            # parentheses
    | operator=( MINUS | NOT ) expression                              # unary
    | expression operator=( TIMES | DIVIDE | MODULO ) expression       # binary
    | expression operator=( PLUS | MINUS ) expression                  # binary
    | expression operator=( LESS | LESS_OR_EQUAL | GREATER | GREATER_OR_EQUAL ) expression # binary
    | expression operator=( EQUAL | NOT_EQUAL ) expression             # binary
    | expression operator=AND expression                               # binary
    | expression operator=OR expression                                # binary
    | <assoc=right> expression QUESTION expression COLON expression    # choice
    ;
