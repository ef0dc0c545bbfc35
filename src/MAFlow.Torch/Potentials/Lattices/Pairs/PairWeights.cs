using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>The terms of a pair potential at one moment, for each wave.</summary>
/// <param name="Filters">S, shape [N, S, 1].</param>
/// <param name="Sharpness">ω, shape [S, J, 1].</param>
/// <param name="Curvature">κω² with κ = |S|², shape [S, J].</param>
/// <param name="Constant">c in units of the features, shape [F].</param>
/// <param name="Linear">λ, shape [N, 1].</param>
/// <param name="Trace">Σ_k λ_k.</param>
/// <param name="Strength">g, shape [C, 1].</param>
/// <param name="CollectiveSharpness">w, shape [C, 1].</param>
/// <param name="Offset">Where each collective term is even about, shape [C, 1].</param>
/// <param name="Couplings">For each block W [N, f, f].</param>
/// <param name="Spreads">For each block the part of W that the Laplacian sees through two slopes [N, f, f].</param>
/// <param name="Exchanges">For each block the coupling between components [N, f, f]; none where there is one component.</param>
internal sealed record PairWeights(
    Tensor Filters,
    Tensor Sharpness,
    Tensor Curvature,
    Tensor Constant,
    Tensor Linear,
    Tensor Trace,
    Tensor Strength,
    Tensor CollectiveSharpness,
    Tensor Offset,
    IReadOnlyList<Tensor> Couplings,
    IReadOnlyList<Tensor> Spreads,
    IReadOnlyList<Tensor> Exchanges) : IDisposable
{
    private IEnumerable<Tensor> All =>
        [
            Filters, Sharpness, Curvature, Constant, Linear, Trace, Strength, CollectiveSharpness, Offset, .. Couplings, .. Spreads,
            .. Exchanges,
        ];

    public PairWeights MoveToOuterDisposeScope()
    {
        foreach (var tensor in All)
        {
            tensor.MoveToOuterDisposeScope();
        }

        return this;
    }

    public PairWeights DetachFromDisposeScope()
    {
        foreach (var tensor in All)
        {
            tensor.DetachFromDisposeScope();
        }

        return this;
    }

    /// <summary>Frees what was made for the moment.</summary>
    public void Dispose()
    {
        foreach (var tensor in All)
        {
            tensor.Dispose();
        }
    }
}
