using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>How the tensors of a coupling C act on hidden units: as one matrix, as two factors, or as filters on a torus.</summary>
/// <param name="Build">The coupling of one solve, from its tensors, the step ε and the arithmetic of its products.</param>
/// <param name="Apply">s C by plain tensor operations.</param>
/// <param name="InBlocks">The whole solve in blocks of rows, or null where that is not faster; null for forms that know none.</param>
internal sealed record CouplingForm(
    Func<IReadOnlyList<Tensor>, double, Precision, HiddenCoupling> Build,
    Func<IReadOnlyList<Tensor>, Tensor, Precision, Tensor> Apply,
    Func<FactoredSolve, Tensor, IReadOnlyList<Tensor>, (Tensor S, Tensor F)?>? InBlocks = null);
