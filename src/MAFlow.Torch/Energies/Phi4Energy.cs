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
    private readonly double[] _masses;
    private readonly double _quartic;
    private readonly double _hopping;
    private readonly Tensor _mass;
    private readonly Tensor _first;
    private readonly Tensor _second;

    /// <summary>Creates the energy.</summary>
    /// <param name="lattice">Where the field lives.</param>
    /// <param name="kappa">Hopping κ.</param>
    /// <param name="lambda">Coupling λ, at least 0.</param>
    /// <param name="components">Number n of components, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or λ = 0 and the energy is not bounded below.</exception>
    public Phi4Energy(Lattice lattice, double kappa, double lambda, int components = 1)
        : this(lattice, _ => 1 - (2 * lambda), lambda, kappa, components)
    {
    }

    private Phi4Energy(Lattice lattice, Func<int, double> mass, double lambda, double kappa, int components)
        : base(
            lattice is null ? throw new ArgumentNullException(nameof(lattice)) : (long)lattice.Sites * Math.Max(1, components),
            () => SymmetryGroup.SignFlip(lattice.Sites * components)
                .And(LatticeSymmetries.OfComponents(lattice.SpaceGroup(), components)))
    {
        TensorChecks.RequireAtLeast(kappa, double.MinValue);
        TensorChecks.RequireAtLeast(lambda, 0);
        TensorChecks.RequireAtLeast(components, 1);
        (_lattice, _components, _quartic, _hopping) = (lattice, components, lambda, kappa);
        _masses = [.. Enumerable.Range(0, lattice.Sites).Select(mass)];
        if (lambda == 0 && !(Stiffness().Min() > 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(kappa),
                kappa,
                FormattableString.Invariant($"Expected a field without coupling that is stable, got a least stiffness of ")
                + FormattableString.Invariant($"{Stiffness().Min():G3}; raise the coupling above 0, lower the hopping or raise the mass."));
        }

        var bonds = lattice.Bonds().ToList();
        _first = Own(tensor(bonds.Select(bond => (long)bond.First).ToArray(), dtype: int64));
        _second = Own(tensor(bonds.Select(bond => (long)bond.Second).ToArray(), dtype: int64));
        _mass = Own(tensor(_masses, dtype: float64));
    }

    /// <summary>The field as an action of the continuum writes it: E = Σᵢ [m² |φᵢ|² + λ |φᵢ|⁴] + Σ_bonds |φᵢ - φⱼ|².</summary>
    /// <param name="lattice">Where the field lives.</param>
    /// <param name="massSquared">m², which may be negative where λ is positive.</param>
    /// <param name="lambda">Coupling λ, at least 0.</param>
    /// <param name="components">Number n of components, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or λ = 0 and the energy is not bounded below.</exception>
    public static Phi4Energy FromMass(Lattice lattice, double massSquared, double lambda, int components = 1)
    {
        ArgumentNullException.ThrowIfNull(lattice);
        TensorChecks.RequireAtLeast(massSquared, double.MinValue);
        // Every bond adds the squares at both of its ends.
        var degrees = new int[lattice.Sites];
        foreach (var (first, second) in lattice.Bonds())
        {
            degrees[first]++;
            degrees[second]++;
        }

        return new(lattice, site => massSquared + degrees[site], lambda, 1, components);
    }

    /// <summary>Of the best Gaussian field: its stiffness is that of the quadratic part, and 4λ(n + 2)⟨φ²⟩ from the quartic one.</summary>
    /// <inheritdoc/>
    internal override IReadOnlyList<double>? Variances
    {
        get
        {
            if (_lattice.Boundary != Boundary.Periodic)
            {
                return null;
            }

            var stiffness = Stiffness();
            var raise = 4 * _quartic * (_components + 2);
            double Mean(double variance) => stiffness.Average(value => 1 / (value + (raise * variance)));
            if (raise > 0)
            {
                // Mean decreases from infinity, so that there is one variance that reproduces itself.
                var (low, high) = (Math.Max(0, -stiffness.Min() / raise), Math.Max(1, 1 - (2 * stiffness.Min() / raise)));
                while (Mean(high) > high)
                {
                    high *= 2;
                }

                for (var halving = 0; halving < 200; halving++)
                {
                    var middle = (low + high) / 2;
                    (low, high) = Mean(middle) > middle ? (middle, high) : (low, middle);
                }

                stiffness = [.. stiffness.Select(value => value + (raise * high))];
            }

            return [.. stiffness.Select(value => 1 / value)];
        }
    }

    /// <inheritdoc/>
    protected internal override double? KnownLogPartition() =>
        _quartic == 0 ? 0.5 * _components * Stiffness().Sum(value => Math.Log(2 * Math.PI / value)) : null;

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x)
    {
        using var scope = NewDisposeScope();
        var field = x.reshape(x.shape[0], _components, _lattice.Sites);
        var hopping = field.index_select(2, _first.to(x.device)).mul(field.index_select(2, _second.to(x.device))).sum([1L, 2L]);
        var square = field.Square().sum([1L]);
        var local = square.mul(_mass.to(x.dtype, x.device)).Add(square.Square(), alpha: _quartic).sum([1L]);
        return local.Add(hopping, alpha: -2 * _hopping).MoveToOuterDisposeScope();
    }

    /// <summary>Second derivatives of the quadratic part in its own directions: on a torus those of the waves, in the order of the
    /// sites.</summary>
    private double[] Stiffness()
    {
        if (_masses.Distinct().Count() == 1)
        {
            return [.. _lattice.AdjacencyEigenvalues().Select(eigenvalue => 2 * (_masses[0] - (_hopping * eigenvalue)))];
        }

        using var scope = NewDisposeScope();
        var matrix = tensor(_masses, dtype: float64).diag().sub(_lattice.Adjacency().Mul(_hopping)).Mul(2);
        return linalg.eigvalsh(matrix).data<double>().ToArray();
    }
}
