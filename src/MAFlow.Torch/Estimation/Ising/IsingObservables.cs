using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation.Ising;

/// <summary>
/// Observables of lattice spins as functions of the field x, with the spins summed out under p(s|x) = Πᵢ σ(2 xᵢ sᵢ) where that has a closed
/// form.
/// </summary>
/// <remarks>
/// With tᵢ = tanh xᵢ the spins are independent with means tᵢ. Means over p(x) are those of the spins, with less noise.
/// Zhang, E, Wang (2018), appendix B.
/// </remarks>
public sealed class IsingObservables
{
    /// <summary>Name of the energy of the spins per site, in units of the coupling.</summary>
    internal const string EnergyPerSite = "e";

    /// <summary>Name of its square.</summary>
    internal const string EnergySquared = "e²";

    /// <summary>Name of |m|.</summary>
    internal const string Magnetization = "|m|";

    /// <summary>Name of m².</summary>
    internal const string MagnetizationSquared = "m²";

    /// <summary>Name of m⁴.</summary>
    internal const string MagnetizationFourth = "m⁴";

    /// <summary>Name of the structure factor at the smallest wave vector.</summary>
    internal const string StructureFactor = "S(k)";

    private readonly IsingEnergy _energy;
    private readonly Lattice _lattice;
    private readonly BondEnergies _bonds;

    /// <summary>Creates the observables of a lattice.</summary>
    /// <param name="energy">Spins on a lattice.</param>
    /// <exception cref="ArgumentException">The spins do not lie on a lattice.</exception>
    public IsingObservables(IsingEnergy energy)
    {
        ArgumentNullException.ThrowIfNull(energy);
        _energy = energy;
        _lattice = energy.Lattice
            ?? throw new ArgumentException(
                "Expected spins on a lattice, got a coupling matrix; use one made from a Lattice.", nameof(energy));
        _bonds = new(_lattice);
    }

    /// <summary>
    /// All of them by name: "e" and "e²" (energy of the spins per site, in units of the coupling, and its square), "|m|", "m²" and "m⁴"
    /// (moments of the magnetization m = Σ s / N), and on tori "S(k)" (structure factor at the smallest wave vector).
    /// </summary>
    /// <param name="generator">Source of the spins that |m| is taken of.</param>
    /// <returns>Functions of fields [B, N] to [B], as <c>Run</c> of every sampler takes them.</returns>
    public IReadOnlyDictionary<string, Func<Tensor, Tensor>> Functions(Generator generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        var functions = new Dictionary<string, Func<Tensor, Tensor>>
        {
            [EnergyPerSite] = _bonds.Energy,
            [EnergySquared] = _bonds.EnergySquared,
            [Magnetization] = x => AbsoluteMagnetization(x, generator),
            [MagnetizationSquared] = _energy.MagnetizationSquared,
            [MagnetizationFourth] = FourthPower,
        };
        if (_lattice.Boundary == Boundary.Periodic)
        {
            functions[StructureFactor] = SmallestWave;
        }

        return functions;
    }

    /// <summary>|Σ s| / N of spins drawn from p(s|x).</summary>
    /// <param name="x">Fields, shape [B, N].</param>
    /// <param name="generator">Source of the spins.</param>
    /// <returns>Shape [B].</returns>
    internal Tensor AbsoluteMagnetization(Tensor x, Generator generator)
    {
        using var scope = NewDisposeScope();
        return _energy.SampleSpins(x, generator).mean([1L]).abs().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// (Σ s / N)⁴, from the first four cumulants of the sum: those of a spin are t, u, -2tu and -2u(1 - 3t²) with u = 1 - t².
    /// </summary>
    /// <param name="x">Fields, shape [B, N].</param>
    /// <returns>Shape [B].</returns>
    internal Tensor FourthPower(Tensor x)
    {
        TensorChecks.RequirePoints(x, _energy.Dimension);
        using var scope = NewDisposeScope();
        var t = x.to(float64).tanh();
        var u = t.Square().neg().Add(1);
        var (k1, k2) = (t.sum([1L]), u.sum([1L]));
        var (k3, k4) = (t.mul(u).sum([1L]).Mul(-2), u.mul(t.Square().Mul(-3).Add(1)).sum([1L]).Mul(-2));
        var fourth = k4.Add(k3.mul(k1).Mul(4)).Add(k2.Square().Mul(3)).Add(k2.mul(k1.Square()).Mul(6)).Add(k1.Square().Square());
        return fourth.Div(Math.Pow(_lattice.Sites, 4)).MoveToOuterDisposeScope();
    }

    /// <summary>S(k) at the smallest wave vector of a torus, 2π/L along its longest axes, averaged over those.</summary>
    /// <param name="x">Fields, shape [B, N].</param>
    /// <returns>Shape [B].</returns>
    /// <exception cref="InvalidOperationException">The lattice is open.</exception>
    internal Tensor SmallestWave(Tensor x)
    {
        using var scope = NewDisposeScope();
        var longest = _lattice.Extents.Max();
        var waves = Enumerable.Range(0, _lattice.Extents.Count)
            .Where(axis => _lattice.Extents[axis] == longest)
            .Select(axis => (long)_lattice.Site(_lattice.UnitVector(axis)));
        var index = tensor(waves.ToArray(), dtype: int64).to(x.device);
        return _energy.StructureFactor(x).index_select(1, index).mean([1L]).MoveToOuterDisposeScope();
    }

    /// <summary>Binder's cumulant 1 - ⟨m⁴⟩ / 3⟨m²⟩²: 2/3 in the ordered phase, 0 in the disordered one.</summary>
    /// <param name="estimate">What any sampler says about <see cref="Functions"/>.</param>
    public static Estimate BinderCumulant(TargetEstimate estimate)
    {
        ArgumentNullException.ThrowIfNull(estimate);
        return estimate.Jackknife(mean => 1 - (mean[MagnetizationFourth] / (3 * mean[MagnetizationSquared] * mean[MagnetizationSquared])));
    }

    /// <summary>Specific heat per site N (⟨e²⟩ - ⟨e⟩²) / T².</summary>
    /// <param name="estimate">What any sampler says about <see cref="Functions"/>.</param>
    public Estimate SpecificHeat(TargetEstimate estimate)
    {
        ArgumentNullException.ThrowIfNull(estimate);
        var scale = _lattice.Sites / (_energy.Temperature * _energy.Temperature);
        return estimate.Jackknife(mean => scale * (mean[EnergySquared] - (mean[EnergyPerSite] * mean[EnergyPerSite])));
    }

    /// <summary>
    /// Second-moment correlation length in lattice constants, ξ = √(S(0) / S(k) - 1) / 2 sin(k/2) with S(0) = N⟨m²⟩; zero where S(k)
    /// exceeds S(0).
    /// </summary>
    /// <param name="estimate">What any sampler says about <see cref="Functions"/>, on a torus.</param>
    public Estimate CorrelationLength(TargetEstimate estimate)
    {
        ArgumentNullException.ThrowIfNull(estimate);
        var sine = Math.Sin(Math.PI / _lattice.Extents.Max());
        return estimate.Jackknife(mean =>
            Math.Sqrt(Math.Max(0, (_lattice.Sites * mean[MagnetizationSquared] / mean[StructureFactor]) - 1)) / (2 * sine));
    }
}
