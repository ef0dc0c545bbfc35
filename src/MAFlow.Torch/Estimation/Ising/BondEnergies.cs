using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation.Ising;

/// <summary>Moments of the spins' energy e = -Σ_bonds sᵢsⱼ / N with the spins summed out: given the field they are independent, with means
/// t = tanh x.</summary>
internal sealed class BondEnergies
{
    private readonly long _sites;
    private readonly long[] _first;
    private readonly long[] _second;
    private readonly double[] _weights;

    /// <param name="lattice">Where the spins live; an axis of length 2 has two bonds between the same sites.</param>
    public BondEnergies(Lattice lattice)
    {
        _sites = lattice.Sites;
        var pairs = lattice.Bonds().GroupBy(bond => (Math.Min(bond.First, bond.Second), Math.Max(bond.First, bond.Second))).ToList();
        (_first, _second) = ([.. pairs.Select(pair => (long)pair.Key.Item1)], [.. pairs.Select(pair => (long)pair.Key.Item2)]);
        _weights = [.. pairs.Select(pair => (double)pair.Count())];
    }

    /// <summary>⟨e⟩ of each field, in units of the coupling.</summary>
    /// <param name="x">Fields, shape [B, N].</param>
    /// <returns>Shape [B].</returns>
    public Tensor Energy(Tensor x)
    {
        TensorChecks.RequirePoints(x, _sites);
        using var scope = NewDisposeScope();
        var (left, right, weights) = Ends(x.tanh());
        return left.mul(right).mv(weights).Div(-_sites).MoveToOuterDisposeScope();
    }

    /// <summary>⟨e²⟩ of each field: pairs of bonds are independent unless they share a site i, where ⟨sⱼsₖ⟩ = tⱼtₖ remains.</summary>
    /// <param name="x">Fields, shape [B, N].</param>
    /// <returns>Shape [B].</returns>
    public Tensor EnergySquared(Tensor x)
    {
        TensorChecks.RequirePoints(x, _sites);
        using var scope = NewDisposeScope();
        var mean = x.to(float64).tanh();
        var (left, right, weights) = Ends(mean);
        var bonds = left.mul(right);
        var own = bonds.Square().neg().Add(1).mv(weights.Square());
        // Σ over different bonds (ij), (ik): (1 - tᵢ²) [(Σ w t)² - Σ w² t²].
        var (first, second) = (Index(_first, x), Index(_second, x));
        Tensor Neighbours(Tensor ofLeft, Tensor ofRight) =>
            zeros_like(mean).index_add_(1, first, ofRight, Scalars.One).index_add_(1, second, ofLeft, Scalars.One);
        var sums = Neighbours(left.mul(weights), right.mul(weights)).Square();
        var squares = Neighbours(left.mul(weights).Square(), right.mul(weights).Square());
        var shared = mean.Square().neg().Add(1).mul(sums.sub(squares)).sum([1L]);
        return bonds.mv(weights).Square().Add(own).Add(shared).Div((double)_sites * _sites).MoveToOuterDisposeScope();
    }

    private (Tensor Left, Tensor Right, Tensor Weights) Ends(Tensor mean) => (
        mean.index_select(1, Index(_first, mean)),
        mean.index_select(1, Index(_second, mean)),
        tensor(_weights, dtype: float64).to(mean.dtype, mean.device));

    private static Tensor Index(long[] sites, Tensor like) => tensor(sites, dtype: int64).to(like.device);
}
