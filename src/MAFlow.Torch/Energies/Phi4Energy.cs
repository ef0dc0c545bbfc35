using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>Lattice φ⁴ with n components: E = Σᵢ [(1-2λ) |φᵢ|² + λ |φᵢ|⁴] - 2κ Σ_bonds φᵢ·φⱼ.</summary>
/// <remarks>Coordinates are ordered component by component, sites within. For λ = 0 it is Gaussian: ln Z = n/2 Σₖ [ln 2π - ln(2 - 2κ aₖ)] with aₖ the adjacency's eigenvalues.</remarks>
public sealed class Phi4Energy : Energy
{
    private readonly Lattice lattice;
    private readonly int components;
    private readonly double kappa;
    private readonly double lambda;
    private readonly Tensor first;
    private readonly Tensor second;

    /// <summary>Creates the energy.</summary>
    /// <param name="lattice">Where the field lives.</param>
    /// <param name="kappa">Hopping κ.</param>
    /// <param name="lambda">Coupling λ, at least 0.</param>
    /// <param name="components">Number n of components, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or λ = 0 and the energy is not bounded below.</exception>
    public Phi4Energy(Lattice lattice, double kappa, double lambda, int components = 1)
        : base(lattice is null ? throw new ArgumentNullException(nameof(lattice)) : (long)lattice.Sites * Math.Max(1, components))
    {
        TensorChecks.RequireAtLeast(kappa, double.MinValue);
        TensorChecks.RequireAtLeast(lambda, 0);
        TensorChecks.RequireAtLeast(components, 1);
        (this.lattice, this.kappa, this.lambda, this.components) = (lattice, kappa, lambda, components);
        if (lambda == 0 && !(Stiffness().Min() > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(kappa), kappa, FormattableString.Invariant($"Expected a hopping for which the free field is stable, got {kappa}; raise lambda above 0 or lower kappa."));
        }

        var bonds = lattice.Bonds().ToList();
        first = tensor(bonds.Select(bond => (long)bond.First).ToArray(), dtype: int64).DetachFromDisposeScope();
        second = tensor(bonds.Select(bond => (long)bond.Second).ToArray(), dtype: int64).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public override double? ExactLogPartition => lambda == 0 ? 0.5 * components * Stiffness().Sum(value => Math.Log(2 * Math.PI / value)) : null;

    /// <inheritdoc/>
    public override SymmetryGroup Symmetry =>
        SymmetryGroup.SignFlip((int)Dimension).And(LatticeSymmetries.OfComponents(LatticeSymmetries.SpaceGroup(lattice), components));

    /// <inheritdoc/>
    public override Tensor Value(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var field = x.reshape(x.shape[0], components, lattice.Sites);
        var hopping = field.index_select(2, first.to(x.device)).mul(field.index_select(2, second.to(x.device))).sum([1L, 2L]);
        var square = field.Square().sum([1L]);
        var local = square.Mul(1 - (2 * lambda)).Add(square.Square(), alpha: lambda).sum([1L]);
        return local.Add(hopping, alpha: -2 * kappa).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        first.Dispose();
        second.Dispose();
        base.Dispose();
    }

    private IEnumerable<double> Stiffness() => lattice.AdjacencyEigenvalues().Select(eigenvalue => 2 - (2 * kappa * eigenvalue));
}
