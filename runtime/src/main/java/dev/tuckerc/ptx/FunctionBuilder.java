package dev.tuckerc.ptx;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.grammar.ptx.PtxParser.AddressBaseContext;
import dev.tuckerc.grammar.ptx.PtxParser.AddressContext;
import dev.tuckerc.grammar.ptx.PtxParser.AddressOffsetContext;
import dev.tuckerc.grammar.ptx.PtxParser.BlockContext;
import dev.tuckerc.grammar.ptx.PtxParser.FunctionContext;
import dev.tuckerc.grammar.ptx.PtxParser.FunctionDirectiveContext;
import dev.tuckerc.grammar.ptx.PtxParser.InstructionContext;
import dev.tuckerc.grammar.ptx.PtxParser.ListContext;
import dev.tuckerc.grammar.ptx.PtxParser.NameContext;
import dev.tuckerc.grammar.ptx.PtxParser.NameOffsetContext;
import dev.tuckerc.grammar.ptx.PtxParser.NumberContext;
import dev.tuckerc.grammar.ptx.PtxParser.OperandContext;
import dev.tuckerc.grammar.ptx.PtxParser.RegisterNameContext;
import dev.tuckerc.grammar.ptx.PtxParser.StatementContext;
import dev.tuckerc.grammar.ptx.PtxParser.TupleContext;
import dev.tuckerc.ptx.PtxOperand.Address;
import dev.tuckerc.ptx.PtxOperand.Arguments;
import dev.tuckerc.ptx.PtxOperand.Pair;
import dev.tuckerc.ptx.PtxOperand.Register;
import dev.tuckerc.ptx.PtxOperand.Sink;
import dev.tuckerc.ptx.PtxOperand.Special;
import dev.tuckerc.ptx.PtxOperand.Symbol;
import dev.tuckerc.ptx.PtxOperand.Tuple;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.antlr.v4.runtime.tree.TerminalNode;
import org.jspecify.annotations.Nullable;

/// Builds a [PtxFunction], renaming what nested scopes declare so that names are unique.
final class FunctionBuilder {
  private static final int MOST_REGISTERS = 1 << 20;

  private final FunctionContext context;
  private final Map<Integer, String> files;
  private final String label;
  private final Map<String, String> registers = new LinkedHashMap<>();
  private final List<PtxVariable> variables = new ArrayList<>();
  private final List<PtxInstruction> instructions = new ArrayList<>();
  private final Map<String, Integer> labels = new HashMap<>();
  private final Map<String, List<String>> branchTargets = new HashMap<>();
  private final Deque<Map<String, String>> scopes = new ArrayDeque<>();
  private int scopeCount;
  private String locationFile = "";
  private int locationLine;

  FunctionBuilder(FunctionContext context, Map<Integer, String> files, String label) {
    this.context = context;
    this.files = files;
    this.label = label;
  }

  PtxFunction build() {
    boolean entry = context.ENTRY() != null;
    List<PtxVariable> results = Declarations.parameters(context.results, label);
    List<PtxVariable> parameters =
        entry || context.results == null || context.parameters().size() == 2
            ? Declarations.parameters(
                context.parameters().isEmpty() ? null : context.parameters().getLast(), label)
            : List.of();
    if (!entry && context.results == null && !context.parameters().isEmpty()) {
      parameters = Declarations.parameters(context.parameters(0), label);
    }
    Map<String, List<Integer>> directives = new HashMap<>();
    for (FunctionDirectiveContext directive : context.functionDirective()) {
      if (directive.DOTWORD() != null) {
        directives.put(
            directive.DOTWORD().getText().substring(1),
            directive.NUMBER().stream().map(n -> (int) Numbers.integer(n.getText())).toList());
      }
    }
    SourcePosition position =
        new SourcePosition(context.getStart().getLine(), locationFile, locationLine);
    if (context.block() != null) {
      Map<String, String> outer = new HashMap<>();
      for (List<PtxVariable> list : List.of(results, parameters)) {
        for (PtxVariable parameter : list) {
          outer.put(parameter.name(), parameter.name());
          if (parameter.space().equals("reg")) {
            registers.put(parameter.name(), parameter.type());
          }
        }
      }
      scopes.push(outer);
      block(context.block());
      scopes.pop();
    }
    return new PtxFunction(
        context.name.getText(),
        entry,
        context.block() != null,
        results,
        parameters,
        registers,
        variables,
        instructions,
        labels,
        branchTargets,
        directives,
        position);
  }

  private void block(BlockContext block) {
    int scope = scopeCount++;
    String suffix = scope == 0 ? "" : "#" + scope;
    Map<String, String> names = new HashMap<>();
    for (StatementContext statement : block.statement()) {
      if (statement.registers() != null) {
        declareRegisters(statement, names, suffix);
      } else if (statement.variable() != null) {
        for (PtxVariable v : Declarations.variables(statement.variable(), false, label)) {
          names.put(v.name(), v.name() + suffix);
          variables.add(
              new PtxVariable(
                  v.name() + suffix,
                  v.space(),
                  v.type(),
                  v.alignment(),
                  v.bytes(),
                  v.external(),
                  v.initial()));
        }
      } else if (statement.getStart().getType() == dev.tuckerc.grammar.ptx.PtxParser.WORD
          && statement.instruction() == null) {
        String name = statement.WORD(0).getText();
        names.put(name, name + suffix);
      }
    }
    scopes.push(names);
    for (int i = 0; i < block.statement().size(); i++) {
      statement(block.statement(i));
    }
    scopes.pop();
  }

  private void declareRegisters(
      StatementContext statement, Map<String, String> names, String suffix) {
    List<TerminalNode> words = statement.registers().DOTWORD();
    String type = words.getLast().getText().substring(1);
    int line = statement.getStart().getLine();
    if (!type.equals("pred") && PtxVariable.bytesOf(type) == 0) {
      throw new DeviceException(label + ": PTX line " + line + ": unknown register type ." + type);
    }
    for (RegisterNameContext register : statement.registers().registerName()) {
      String name = register.WORD().getText();
      if (register.NUMBER() == null) {
        names.put(name, name + suffix);
        registers.put(name + suffix, type);
        continue;
      }
      long count = Numbers.integer(register.NUMBER().getText());
      if (count < 0 || count + registers.size() > MOST_REGISTERS) {
        throw new DeviceException(label + ": PTX line " + line + ": too many registers");
      }
      for (int i = 0; i < count; i++) {
        names.put(name + i, name + i + suffix);
        registers.put(name + i + suffix, type);
      }
    }
  }

  private void statement(StatementContext statement) {
    if (statement.instruction() != null) {
      instruction(statement.instruction());
    } else if (statement.block() != null) {
      block(statement.block());
    } else if (statement.location() != null) {
      var numbers = statement.location().NUMBER();
      locationFile = files.getOrDefault((int) Numbers.integer(numbers.get(0).getText()), "source");
      locationLine = (int) Numbers.integer(numbers.get(1).getText());
    } else if (statement.BRANCHTARGETS() != null) {
      List<String> targets = statement.WORD().stream().map(w -> resolve(w.getText())).toList();
      for (Map.Entry<String, Integer> entry : labels.entrySet()) {
        if (entry.getValue() == instructions.size()) {
          branchTargets.put(entry.getKey(), targets);
        }
      }
    } else if (statement.fileDirective() != null) {
      PtxParser.addFile(statement.fileDirective(), files);
    } else if (statement.CALLPROTOTYPE() == null
        && statement.PRAGMA() == null
        && !statement.WORD().isEmpty()) {
      String name = resolve(statement.WORD(0).getText());
      if (labels.put(name, instructions.size()) != null) {
        throw new DeviceException(
            label
                + ": PTX line "
                + statement.getStart().getLine()
                + ": label "
                + statement.WORD(0).getText()
                + " is defined twice");
      }
    }
  }

  private void instruction(InstructionContext instruction) {
    String guard = null;
    boolean negated = false;
    if (instruction.guard() != null) {
      guard = resolve(instruction.guard().WORD().getText());
      negated = instruction.guard().getChildCount() == 3;
      if (!registers.containsKey(guard)) {
        throw new DeviceException(
            label
                + ": PTX line "
                + instruction.getStart().getLine()
                + ": guard "
                + guard
                + " is not a declared register");
      }
    }
    List<PtxOperand> operands = new ArrayList<>(4);
    for (OperandContext operand : instruction.operand()) {
      operands.add(operand(operand));
    }
    instructions.add(
        new PtxInstruction(
            instruction.WORD().getText(),
            operands,
            guard,
            negated,
            new SourcePosition(
                instruction.WORD().getSymbol().getLine(), locationFile, locationLine)));
  }

  private PtxOperand operand(OperandContext operand) {
    return switch (operand) {
      case NameContext name -> {
        PtxOperand first = name(name.WORD(0).getText(), name.getStart().getText().equals("!"));
        yield name.WORD().size() == 1
            ? first
            : new Pair(first, name(name.WORD(1).getText(), false));
      }
      case NameOffsetContext offset -> {
        long value = Numbers.integer(offset.NUMBER().getText());
        boolean minus = offset.getChild(1).getText().equals("-");
        yield new Symbol(resolve(offset.WORD().getText()), minus ? -value : value);
      }
      case NumberContext number ->
          Numbers.parse(number.NUMBER().getText(), number.getStart().getText().equals("-"));
      case TupleContext tuple -> new Tuple(tuple.operand().stream().map(this::operand).toList());
      case ListContext list -> new Arguments(list.operand().stream().map(this::operand).toList());
      case AddressContext address -> address(address);
      default ->
          throw new DeviceException(
              label
                  + ": PTX line "
                  + operand.getStart().getLine()
                  + ": unreadable operand "
                  + operand.getText());
    };
  }

  private Address address(AddressContext address) {
    AddressBaseContext base = address.addressBase();
    long offset = 0;
    for (AddressOffsetContext part : base.addressOffset()) {
      long value = Numbers.integer(part.NUMBER().getText());
      offset += part.getText().contains("-") ? -value : value;
    }
    PtxOperand root =
        base.WORD() != null
            ? name(base.WORD().getText(), false)
            : Numbers.parse(base.NUMBER().getText(), base.getStart().getText().equals("-"));
    return new Address(root, offset, address.operand().stream().map(this::operand).toList());
  }

  private PtxOperand name(String written, boolean negated) {
    if (written.equals("_")) {
      return new Sink();
    }
    String name = resolve(written);
    if (registers.containsKey(name)) {
      return new Register(name, negated);
    }
    if (written.startsWith("%") || written.equals("WARP_SZ")) {
      return new Special(written);
    }
    return new Symbol(name, 0);
  }

  private String resolve(String written) {
    for (Map<String, String> scope : scopes) {
      @Nullable String found = scope.get(written);
      if (found != null) {
        return found;
      }
    }
    return written;
  }
}
