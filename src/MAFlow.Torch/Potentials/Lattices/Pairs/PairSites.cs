using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>What happens at every site by itself, between the transforms: features t = tanh(ωy) and, on the first units of each scale, t²,
/// and their derivatives.</summary>
/// <remarks>
/// Slopes by ωy are u = 1 - t² and 2tu. Columns R are rows of a batch, times components. What features feel, W h + c, is called their
/// source. Blocks are the features that are coupled with each other, shape [N, f, R].
/// </remarks>
internal abstract class PairSites
{
    /// <summary>The sites of some fields, in the arithmetic that is fastest where nothing is recorded.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="fields">Filtered fields y, shape [N, S, R].</param>
    /// <param name="weights">The terms at the moment.</param>
    public static PairSites Of(PairShape shape, Tensor fields, PairWeights weights) =>
        is_grad_enabled() || fields.device.type != DeviceType.CPU ? new PairTensorSites(shape, fields, weights)
            : fields.dtype == ScalarType.Float32 ? new PairVectorSites<float>(shape, fields, weights)
            : fields.dtype == ScalarType.Float64 ? new PairVectorSites<double>(shape, fields, weights)
            : new PairTensorSites(shape, fields, weights);

    /// <summary>t and t², block by block.</summary>
    public abstract IReadOnlyList<Tensor> Values { get; }

    /// <summary>u and tu, block by block: half the slope of t², whose factor the spreads carry.</summary>
    public abstract IReadOnlyList<Tensor> Slopes { get; }

    /// <summary>Forces ∂φ/∂y [N, S, R] at given sources, and the part of ∇²φ with second derivatives of features [R].</summary>
    /// <param name="sources">Block by block.</param>
    public abstract (Tensor Force, Tensor Bend) Pull(IReadOnlyList<Tensor> sources);

    /// <summary>Derivatives of v̄·∇φ + Σ l̄ ∇²φ by the sources, block by block.</summary>
    /// <param name="seen">v̄ through the filters, shape [N, S, R].</param>
    /// <param name="laplacian">l̄, shape [R]; null for zero.</param>
    public abstract IReadOnlyList<Tensor> Cotangents(Tensor seen, Tensor? laplacian);

    /// <summary>Its derivatives by the fields and by what is the same at all sites.</summary>
    /// <param name="seen">v̄ through the filters, shape [N, S, R].</param>
    /// <param name="laplacian">l̄, shape [R]; null for zero.</param>
    /// <param name="sources">Block by block.</param>
    /// <param name="returned">Derivatives by values of features, block by block: the coupling of the cotangents.</param>
    /// <param name="spread">Spread of the slopes, block by block; none where l̄ is zero.</param>
    public abstract PairSiteGradients Gradients(
        Tensor seen, Tensor? laplacian, IReadOnlyList<Tensor> sources, IReadOnlyList<Tensor> returned, IReadOnlyList<Tensor> spread);
}

/// <summary>Derivatives of v̄·∇φ + Σ l̄ ∇²φ through the sites.</summary>
/// <param name="Fields">By the filtered fields, shape [N, S, R].</param>
/// <param name="Force">∂φ/∂y, by which v̄ through the filters was multiplied, shape [N, S, R].</param>
/// <param name="Bend">The part of ∇²φ with second derivatives of features, shape [R].</param>
/// <param name="Sharpness">By ω, shape [S, J].</param>
/// <param name="Curvature">By κω², shape [S, J]; null where l̄ is zero.</param>
internal readonly record struct PairSiteGradients(Tensor Fields, Tensor Force, Tensor Bend, Tensor Sharpness, Tensor? Curvature);
