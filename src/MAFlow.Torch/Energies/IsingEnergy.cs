using static TorchSharp.torch;

namespace MAFlow.Torch.Energies;

/// <summary>
/// The Ising model as a continuous field: E(x) = ½ xᵀ(K+αI)⁻¹x - Σᵢ ln cosh xᵢ, where K is the coupling over the temperature.
/// </summary>
/// <remarks>
/// -ln Z = -ln Z_Ising - ½ ln det(K+αI) + (N/2) [ln(2/π) - α]. Spins follow from the field: p(s|x) = Πᵢ σ(2 xᵢ sᵢ).
/// Zhang, E, Wang (2018), equation 8 and appendix B.
/// </remarks>
public sealed class IsingEnergy : Energy
{
    private readonly CouplingInverse _inverse;
    private readonly Tensor? _coupling;

    /// <summary>Creates the energy of a lattice with unit coupling between neighbours.</summary>
    /// <param name="lattice">Where the spins live.</param>
    /// <param name="temperature">T in units of the coupling, at least 1e-6.</param>
    /// <param name="smallestEigenvalue">Smallest eigenvalue of K + αI, which fixes α; at least 1e-12.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public IsingEnergy(Lattice lattice, double temperature, double smallestEigenvalue = 0.1)
        : base(
            lattice is null ? throw new ArgumentNullException(nameof(lattice)) : lattice.Sites,
            () => SymmetryGroup.SignFlip(lattice.Sites).And(lattice.SpaceGroup()))
    {
        TensorChecks.RequireAtLeast(temperature, KaufmanTorus.MinTemperature);
        TensorChecks.RequireAtLeast(smallestEigenvalue, 1e-12);
        (Lattice, Temperature) = (lattice, temperature);
        var eigenvalues = lattice.AdjacencyEigenvalues().Select(value => value / temperature).ToArray();
        Shift = smallestEigenvalue - eigenvalues.Min();
        Spectrum = [.. eigenvalues.Select(value => value + Shift)];
        using var scope = NewDisposeScope();
        _inverse = Own<CouplingInverse>(lattice.Boundary == Boundary.Periodic
            ? new CouplingInverse.Circulant(lattice.Extents, Spectrum)
            : new CouplingInverse.Dense(
                lattice.Adjacency().Div(temperature).Add(eye(lattice.Sites, dtype: float64), alpha: Shift), Spectrum));
    }

    /// <summary>Creates the energy of any symmetric coupling, for spins that need not lie on a lattice.</summary>
    /// <param name="coupling">K, shape [N, N]: couplings over temperature, zero diagonal.</param>
    /// <param name="shift">α, large enough for K + αI to be positive definite.</param>
    /// <exception cref="ArgumentException">K is not symmetric, its diagonal is not zero, or K + αI is not positive definite.</exception>
    public IsingEnergy(Tensor coupling, double shift)
        : base(Spins(coupling), SymmetryGroup.SignFlip(Spins(coupling)))
    {
        using var scope = NewDisposeScope();
        var matrix = coupling.detach().to(float64).cpu();
        var shifted = matrix.Add(eye(Dimension, dtype: float64), alpha: shift);
        Spectrum = SymmetricMatrix.Eigenvalues(shifted, Dimension, "; raise the shift");
        var diagonal = matrix.diagonal().abs().max().item<double>();
        if (diagonal != 0)
        {
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"Expected a coupling with a zero diagonal, got entries of up to {diagonal:G6} on it; move them into the shift."),
                nameof(coupling));
        }

        (Shift, Temperature) = (shift, 1);
        _coupling = Own(matrix.clone());
        _inverse = Own<CouplingInverse>(new CouplingInverse.Dense(shifted, Spectrum));
    }

    /// <summary>Temperature of Onsager's transition on the square lattice, T = 2 / ln(1+√2).</summary>
    public static double CriticalTemperature { get; } = 2 / Math.Log(1 + Math.Sqrt(2));

    /// <summary>The lattice, or null where the coupling was given as a matrix.</summary>
    public Lattice? Lattice { get; }

    /// <summary>T in units of the coupling; 1 where the coupling was given as a matrix.</summary>
    public double Temperature { get; }

    /// <summary>α.</summary>
    internal double Shift { get; }

    /// <summary>Eigenvalues of K + αI; on a torus one per wave vector, in the order of the sites.</summary>
    internal IReadOnlyList<double> Spectrum { get; }

    /// <summary>Those of the quadratic part of the energy.</summary>
    internal override IReadOnlyList<double>? Variances => Lattice is { Boundary: Boundary.Periodic } ? Spectrum : null;

    /// <summary>
    /// ln Z in nats where that of the spins is known: tori of two axes by Kaufman's formula, at most 24 spins by enumeration.
    /// </summary>
    protected internal override double? KnownLogPartition() => SpinPartition() is { } spins ? FromSpins(spins(Temperature)) : null;

    /// <summary>ln Σ_s exp(½ sᵀKs) of the spins from ln Z of the field, an exact one or an estimate.</summary>
    /// <param name="logPartition">ln Z in nats.</param>
    /// <returns>ln Z_Ising in nats; -T/N of it is the free energy of the spins per site.</returns>
    public double SpinLogPartition(double logPartition) => logPartition - FromSpins(0);

    /// <summary>Free energy, energy and specific heat of the spins where ln Z is known exactly; null otherwise.</summary>
    public SpinThermodynamics? ExactThermodynamics() =>
        SpinPartition() is { } spins ? SpinThermodynamics.Of(spins, Temperature, (int)Dimension) : null;

    /// <summary>ln Z of the field from ln Z of the spins.</summary>
    /// <param name="logPartition">ln Σ_s exp(½ sᵀKs).</param>
    internal double FromSpins(double logPartition) =>
        logPartition + (0.5 * _inverse.LogDeterminant) + (0.5 * Dimension * (Math.Log(Math.PI / 2) + Shift));

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x)
    {
        using var scope = NewDisposeScope();
        var quadratic = _inverse.Apply(x).mul(x).sum([1L]).Mul(0.5);
        return quadratic.sub(Activation.LogCosh.Value(x).sum([1L])).MoveToOuterDisposeScope();
    }

    /// <summary>Draws spins ±1 for each field: p(sᵢ = 1 | x) = σ(2xᵢ).</summary>
    /// <param name="x">Fields, shape [B, N].</param>
    /// <param name="generator">Source of randomness.</param>
    /// <returns>Shape [B, N], of the fields' type.</returns>
    public Tensor SampleSpins(Tensor x, Generator generator)
    {
        TensorChecks.RequirePoints(x, Dimension);
        ArgumentNullException.ThrowIfNull(generator);
        using var scope = NewDisposeScope();
        var uniform = rand(x.shape, dtype: x.dtype, generator: generator).to(x.device);
        return uniform.lt(x.Mul(2).sigmoid()).to(x.dtype).Mul(2).Sub(1).MoveToOuterDisposeScope();
    }

    /// <summary>(Σ s / N)² of each field with the spins summed out: [(Σ tanh xᵢ)² + Σ (1 - tanh² xᵢ)] / N².</summary>
    /// <param name="x">Fields, shape [B, N].</param>
    /// <returns>Shape [B]; its mean under p(x) is the spins' ⟨m²⟩, with less noise than drawn spins give.</returns>
    internal Tensor MagnetizationSquared(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var mean = x.tanh();
        var own = mean.Square().sum([1L]).neg().Add(Dimension);
        return mean.sum([1L]).Square().Add(own).Div((double)Dimension * Dimension).MoveToOuterDisposeScope();
    }

    /// <summary>S(k) = |Σ s e^{-ikr}|² / N of each field with the spins summed out.</summary>
    /// <param name="x">Fields, shape [B, N].</param>
    /// <returns>Shape [B, N], one value per wave vector in the order of the sites.</returns>
    /// <exception cref="InvalidOperationException">The spins do not lie on a torus.</exception>
    internal Tensor StructureFactor(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        if (Lattice is not { Boundary: Boundary.Periodic })
        {
            throw new InvalidOperationException(
                "Expected spins on a periodic lattice, whose wave vectors the structure factor is a function of.");
        }

        using var scope = NewDisposeScope();
        var mean = x.tanh();
        long[] axes = [.. Enumerable.Range(1, Lattice.Extents.Count).Select(axis => (long)axis)];
        var fields = mean.reshape([x.shape[0], .. Lattice.Extents.Select(extent => (long)extent)]);
        var spectrum = fft.fftn(fields, dim: axes).abs().Square().reshape(x.shape);
        var own = mean.Square().sum(1, keepdim: true).neg().Add(Dimension);
        return spectrum.Add(own).Div(Dimension).MoveToOuterDisposeScope();
    }

    /// <summary>ln Z of the spins at any temperature; null where it is not known.</summary>
    private Func<double, double>? SpinPartition()
    {
        switch (Lattice)
        {
            case { Boundary: Boundary.Periodic, Extents: [var rows, var columns] }:
                return temperature => KaufmanTorus.LogPartition(rows, columns, temperature);
            case { Sites: <= IsingEnumeration.MaxSites } lattice:
                return new IsingEnumeration(lattice).LogPartition;
            case null when Dimension <= IsingEnumeration.MaxSites:
                return temperature =>
                {
                    using var coupling = _coupling!.Mul(Temperature / temperature);
                    return CouplingEnumeration.LogPartition(coupling);
                };
            default:
                return null;
        }
    }

    private static int Spins(Tensor coupling) =>
        coupling is { } given && given.dim() == 2 && given.shape[0] == given.shape[1] && given.shape[0] > 0
        ? (int)given.shape[0]
        : throw new ArgumentException("Expected a coupling of shape [N, N].", nameof(coupling));
}
