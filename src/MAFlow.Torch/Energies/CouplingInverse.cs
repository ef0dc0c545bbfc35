using static TorchSharp.torch;

namespace MAFlow.Torch.Energies;

/// <summary>A symmetric positive definite coupling K, as the Ising energy needs it: x ↦ K⁻¹x and ln det K.</summary>
internal abstract class CouplingInverse(double logDeterminant) : IDisposable
{
    /// <summary>ln det K.</summary>
    public double LogDeterminant { get; } = logDeterminant;

    /// <summary>K⁻¹x of each row, differentiable.</summary>
    /// <param name="x">Shape [B, N].</param>
    public abstract Tensor Apply(Tensor x);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>On a torus K is diagonal in Fourier space.</summary>
    public sealed class Circulant(IReadOnlyList<int> extents, IReadOnlyList<double> eigenvalues)
        : CouplingInverse(eigenvalues.Sum(Math.Log))
    {
        private readonly TorusFourier _fourier = new(extents);
        private readonly Tensor _inverse =
            GradientMode.Trainable(tensor(eigenvalues.Select(value => 1 / value).ToArray(), dtype: float64)).DetachFromDisposeScope();

        public override Tensor Apply(Tensor x) => _fourier.Filter(x, _inverse.to(x.dtype, x.device));

        public override void Dispose() => _inverse.Dispose();
    }

    /// <summary>Any other K by its inverse matrix.</summary>
    public sealed class Dense(Tensor coupling, IReadOnlyList<double> eigenvalues) : CouplingInverse(eigenvalues.Sum(Math.Log))
    {
        private readonly Tensor _inverse = GradientMode.Trainable(linalg.inv(coupling.to(float64))).DetachFromDisposeScope();

        public override Tensor Apply(Tensor x)
        {
            using var scope = NewDisposeScope();
            return x.mm(_inverse.to(x.dtype, x.device)).MoveToOuterDisposeScope();
        }

        public override void Dispose() => _inverse.Dispose();
    }
}
