using static TorchSharp.torch;

namespace MAFlow.Torch.Energies;

/// <summary>Lattice φ⁴ with n components: E = Σᵢ [(1-2λ) |φᵢ|² + λ |φᵢ|⁴] - 2κ Σ_bonds φᵢ·φⱼ.</summary>
/// <remarks>
/// Coordinates are ordered component by component, sites within.
/// For λ = 0 it is Gaussian: ln Z = n/2 Σₖ [ln 2π - ln(2 - 2κ aₖ)] with aₖ the adjacency's eigenvalues.
/// </remarks>
public sealed class Phi4Energy : Energy
{
    private readonly Lattice _lattice;
    private readonly int _components;
    private readonly double _kappa;
    private readonly double _lambda;
    private readonly Tensor _first;
    private readonly Tensor _second;

    /// <summary>Creates the energy.</summary>
    /// <param name="lattice">Where the field lives.</param>
    /// <param name="kappa">Hopping κ.</param>
    /// <param name="lambda">Coupling λ, at least 0.</param>
    /// <param name="components">Number n of components, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or λ = 0 and the energy is not bounded below.</exception>
    public Phi4Energy(Lattice lattice, double kappa, double lambda, int components = 1)
        : base(
            lattice is null ? throw new ArgumentNullException(nameof(lattice)) : (long)lattice.Sites * Math.Max(1, components),
            () => SymmetryGroup.SignFlip(lattice.Sites * components)
                .And(LatticeSymmetries.OfComponents(lattice.SpaceGroup(), components)))
    {
        TensorChecks.RequireAtLeast(kappa, double.MinValue);
        TensorChecks.RequireAtLeast(lambda, 0);
        TensorChecks.RequireAtLeast(components, 1);
        (_lattice, _kappa, _lambda, _components) = (lattice, kappa, lambda, components);
        if (lambda == 0 && !(Stiffness().Min() > 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(kappa),
                kappa,
                FormattableString.Invariant(
                    $"Expected a hopping for which the free field is stable, got {kappa}; raise lambda above 0 or lower kappa."));
        }

        var bonds = lattice.Bonds().ToList();
        _first = Own(tensor(bonds.Select(bond => (long)bond.First).ToArray(), dtype: int64));
        _second = Own(tensor(bonds.Select(bond => (long)bond.Second).ToArray(), dtype: int64));
    }

    /// <inheritdoc/>
    protected internal override double? KnownLogPartition() =>
        _lambda == 0 ? 0.5 * _components * Stiffness().Sum(value => Math.Log(2 * Math.PI / value)) : null;

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x)
    {
        using var scope = NewDisposeScope();
        var field = x.reshape(x.shape[0], _components, _lattice.Sites);
        var hopping = field.index_select(2, _first.to(x.device)).mul(field.index_select(2, _second.to(x.device))).sum([1L, 2L]);
        var square = field.Square().sum([1L]);
        var local = square.Mul(1 - (2 * _lambda)).Add(square.Square(), alpha: _lambda).sum([1L]);
        return local.Add(hopping, alpha: -2 * _kappa).MoveToOuterDisposeScope();
    }

    private IEnumerable<double> Stiffness() => _lattice.AdjacencyEigenvalues().Select(eigenvalue => 2 - (2 * _kappa * eigenvalue));
}
