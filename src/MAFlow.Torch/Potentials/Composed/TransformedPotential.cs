using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Composed;

/// <summary>A potential seen through one group element: φ(x, t) = φ₀(gx, t), ∇φ = g⁻¹∇φ₀(gx), ∇²φ = ∇²φ₀(gx).</summary>
/// <remarks>A view: φ₀ belongs to somebody else, and lives at least as long.</remarks>
internal sealed class TransformedPotential(Potential inner, SymmetryElement element) : Potential("transformed", inner.Dimension)
{
    protected internal override IReadOnlyList<Tensor> DependsOn => inner.DependsOn;

    internal override long? Rows => inner.Rows;

    protected internal override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        return inner.Evaluate(element.Apply(x), time).MoveToOuterDisposeScope();
    }

    protected internal override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        using var scope = NewDisposeScope();
        // vᵀ∇²φ v = (gv)ᵀ∇²φ₀(gx)(gv).
        var movedProbes = probes is null ? null : stack([.. probes.unbind(0).Select(element.Apply)]);
        var derivatives = inner.Derivatives(element.Apply(x), time, estimator, movedProbes);
        var gradient = element.Inverse().Apply(derivatives.Gradient);
        return new(gradient.MoveToOuterDisposeScope(), derivatives.Laplacian.MoveToOuterDisposeScope());
    }

    /// <summary>Carries the image gx in the way φ₀ prefers, and moves it back.</summary>
    internal override PathState Transport(PathState start, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        var end = inner.Transport(start with { X = element.Apply(start.X) }, piece, solve);
        return (end with { X = element.Inverse().Apply(end.X) }).MoveToOuterDisposeScope();
    }

    internal override (PathState State, Tensor Score)? TransportScore(PathState start, Tensor score, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        if (inner.TransportScore(start with { X = element.Apply(start.X) }, element.Apply(score), piece, solve) is not { } end)
        {
            return null;
        }

        var back = element.Inverse();
        return (
            (end.State with { X = back.Apply(end.State.X) }).MoveToOuterDisposeScope(),
            back.Apply(end.Score).MoveToOuterDisposeScope());
    }
}
