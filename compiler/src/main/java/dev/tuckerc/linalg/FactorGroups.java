package dev.tuckerc.linalg;

import dev.tuckerc.linalg.Factorization.Factor;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// A grouped layer as one ungrouped layer for each of its groups: their weights and chains are
/// parts of those of the whole along the first axis.
public final class FactorGroups {
  private FactorGroups() {}

  /// The weight of each group; storage is shared.
  ///
  /// @param weight `[O, I/groups, kernel...]`
  /// @param groups divides O
  /// @return weights `[O/groups, I/groups, kernel...]`
  public static List<Tensor> weights(Tensor weight, int groups) {
    List<Long> shape = new ArrayList<>(weight.shape());
    shape.set(0, shape.getFirst() / groups);
    long bytes = weight.data().byteSize() / groups;
    return IntStream.range(0, groups)
        .mapToObj(
            group -> Tensor.of(weight.type(), shape, weight.data().asSlice(group * bytes, bytes)))
        .toList();
  }

  /// The chain of each group; storage is shared.
  ///
  /// @param chain whose factors have a multiple of as many groups
  /// @return chains whose stated error is that of all groups together
  public static List<Factorization> split(Factorization chain, int groups) {
    List<List<Tensor>> parts =
        chain.factors().stream().map(factor -> weights(factor.weight(), groups)).toList();
    List<Factorization> split = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      List<Factor> factors = new ArrayList<>();
      for (int i = 0; i < parts.size(); i++) {
        Factor whole = chain.factors().get(i);
        Tensor part = parts.get(i).get(group);
        factors.add(new Factor(whole.part(), part, whole.groups() / groups, whole.axes()));
      }
      split.add(chain.with(factors, chain.relativeError()));
    }
    return split;
  }

  /// The inverse of [#split]: one chain of all groups.
  ///
  /// @param parts of one form, of equal shapes, of type F64 where they are several
  /// @param weight `[O, I/groups, kernel...]`, which the errors of the parts are of
  public static Factorization joined(List<Factorization> parts, Tensor weight) {
    Factorization first = parts.getFirst();
    if (parts.size() == 1) {
      return first;
    }
    List<Factor> factors = new ArrayList<>();
    for (int i = 0; i < first.factors().size(); i++) {
      int index = i;
      Factor part = first.factors().get(i);
      Tensor stacked =
          FactorTensors.stack(
              parts.stream().map(chain -> chain.factors().get(index).weight()).toList());
      factors.add(new Factor(part.part(), stacked, part.groups() * parts.size(), part.axes()));
    }
    List<Double> errors = parts.stream().map(Factorization::relativeError).toList();
    return first.with(factors, error(weight, errors));
  }

  /// The relative error of all groups together.
  ///
  /// @param errors relative ones, one of each group
  static double error(Tensor weight, List<Double> errors) {
    if (errors.size() == 1) {
      return errors.getFirst();
    }
    double scale = TuckerDecomposer.powerOfTwo(weight);
    List<Tensor> parts = weights(weight, errors.size());
    double lost = 0;
    double total = 0;
    for (int group = 0; group < parts.size(); group++) {
      double[] energy = {0};
      parts
          .get(group)
          .forEachBlock((block, count) -> {
            for (int i = 0; i < count; i++) {
              energy[0] += block[i] / scale * (block[i] / scale);
            }
          });
      lost += errors.get(group) * errors.get(group) * energy[0];
      total += energy[0];
    }
    return total == 0 ? 0 : Math.sqrt(lost / total);
  }
}
