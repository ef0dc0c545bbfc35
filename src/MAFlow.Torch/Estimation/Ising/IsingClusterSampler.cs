using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation.Ising;

/// <summary>
/// Exact Markov chains for the Ising field that need no flow: Swendsen-Wang clusters move the spins, then x | s ~ N((K+αI)s, K+αI) is drawn
/// anew.
/// </summary>
/// <remarks>
/// An independent reference for a flow's observables, which mixes in a few steps at the transition. e^{-E(x)} is the marginal of
/// exp(-½ xᵀ(K+αI)⁻¹x + sᵀx), Zhang, E, Wang (2018), appendix B; Swendsen, Wang, Physical Review Letters 58, 86 (1987).
/// </remarks>
public sealed class IsingClusterSampler : Sampler<ChainOptions, ChainEstimate>
{
    private readonly IsingEnergy _energy;
    private readonly Lattice _lattice;
    private readonly int[] _first;
    private readonly int[] _second;

    /// <summary>Creates a sampler.</summary>
    /// <param name="energy">Spins on a lattice.</param>
    /// <exception cref="ArgumentException">The spins do not lie on a lattice.</exception>
    public IsingClusterSampler(IsingEnergy energy)
    {
        ArgumentNullException.ThrowIfNull(energy);
        _energy = energy;
        _lattice = energy.Lattice
            ?? throw new ArgumentException(
                "Expected spins on a lattice, whose couplings are all positive, got a coupling matrix.", nameof(energy));
        var bonds = _lattice.Bonds().ToList();
        (_first, _second) = ([.. bonds.Select(bond => bond.First)], [.. bonds.Select(bond => bond.Second)]);
    }

    /// <summary>Draws fields from parallel chains, <see cref="ChainOptions.Spacing"/> steps apart.</summary>
    /// <param name="count">Number M of fields, at least 1.</param>
    /// <param name="options">
    /// Number of chains, warm-up and spacing; limits and targets play no part. 100 and 20 steps give all but independent fields.
    /// </param>
    /// <param name="generator">Source of bonds, clusters and fields.</param>
    /// <param name="progress">Told after each step, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>Shape [M, N], float64.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public Tensor Sample(
        int count,
        ChainOptions options,
        Generator generator,
        IProgress<EstimationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(generator);
        options.ValidateSampling(count, minWarmup: 0);
        using var scope = NewDisposeScope();
        var run = new SamplerRun(generator, new(), progress, cancellationToken);
        var chains = Math.Min(count, options.Chains);
        var spins = RandomSpins(chains, generator);
        var (field, fields) = (FieldOfSpins(), new List<Tensor>());
        var steps = options.Warmup + ((long)options.Spacing * (1 + ((count - 1) / chains)));
        for (var step = 1; step <= steps; step++)
        {
            run.ThrowIfCancelled();
            using var each = NewDisposeScope();
            MoveClusters(spins, chains, generator);
            if (step > options.Warmup && (step - options.Warmup) % options.Spacing == 0)
            {
                fields.Add(field(spins, generator).MoveToOuterDisposeScope());
            }

            run.ReportStep(step <= options.Warmup, step, steps);
        }

        return cat(fields).narrow(0, 0, count).clone().MoveToOuterDisposeScope();
    }

    /// <summary>Parallel chains from random spins, in float64; every step counts as accepted.</summary>
    private protected override ChainEstimate Run(ChainOptions options, SamplerRun run)
    {
        var spins = RandomSpins(options.Chains, run.Generator);
        var field = FieldOfSpins();
        return MarkovChains.Run(
            _ =>
            {
                MoveClusters(spins, options.Chains, run.Generator);
                var x = field(spins, run.Generator);
                return (x, _energy.Value(x), ones(options.Chains, dtype: float64));
            },
            options, run);
    }

    private double[] RandomSpins(int chains, Generator generator) =>
        rand([chains, _lattice.Sites], dtype: float64, generator: generator).Sub(0.5).sign().data<double>().ToArray();

    /// <summary>x = (K+αI)s + (K+αI)^½ ξ for the spins of all chains.</summary>
    private Func<double[], Generator, Tensor> FieldOfSpins()
    {
        var (coupling, root) = Coupling();
        return (spins, generator) =>
        {
            long[] shape = [spins.Length / _lattice.Sites, _lattice.Sites];
            return coupling(tensor(spins, shape, dtype: float64)).Add(root(randn(shape, dtype: float64, generator: generator)));
        };
    }

    /// <summary>K + αI and its symmetric root, as maps of rows.</summary>
    private (Func<Tensor, Tensor> Coupling, Func<Tensor, Tensor> Root) Coupling()
    {
        if (_lattice.Boundary == Boundary.Periodic)
        {
            var fourier = new TorusFourier(_lattice.Extents);
            var spectrum = tensor(_energy.Spectrum.ToArray(), dtype: float64);
            var roots = spectrum.sqrt();
            return (rows => fourier.Filter(rows, spectrum), rows => fourier.Filter(rows, roots));
        }

        var matrix = _lattice.Adjacency().Div(_energy.Temperature).Add(eye(_lattice.Sites, dtype: float64), alpha: _energy.Shift);
        var (values, vectors) = linalg.eigh(matrix);
        var root = vectors.mul(values.sqrt()).mm(vectors.t());
        return (rows => rows.mm(matrix), rows => rows.mm(root));
    }

    /// <summary>Joins equal neighbours with probability 1 - e^{-2/T}, and gives each cluster a random sign.</summary>
    private void MoveClusters(double[] spins, int chains, Generator generator)
    {
        var (sites, joined) = (_lattice.Sites, 1 - Math.Exp(-2 / _energy.Temperature));
        // A lattice of one site has no bonds, and torch no data of an empty tensor.
        var bondDraws = _first.Length == 0
            ? []
            : rand([chains, _first.Length], dtype: float64, generator: generator).data<double>().ToArray();
        var signDraws = rand([chains, sites], dtype: float64, generator: generator).data<double>().ToArray();
        var parents = new int[sites];
        int Root(int site)
        {
            while (parents[site] != site)
            {
                site = parents[site] = parents[parents[site]];
            }

            return site;
        }

        for (var chain = 0; chain < chains; chain++)
        {
            var own = spins.AsSpan(chain * sites, sites);
            for (var site = 0; site < sites; site++)
            {
                parents[site] = site;
            }

            for (var bond = 0; bond < _first.Length; bond++)
            {
                if (own[_first[bond]] == own[_second[bond]] && bondDraws[(chain * _first.Length) + bond] < joined)
                {
                    parents[Root(_first[bond])] = Root(_second[bond]);
                }
            }

            for (var site = 0; site < sites; site++)
            {
                own[site] = signDraws[(chain * sites) + Root(site)] < 0.5 ? -1 : 1;
            }
        }
    }
}
