namespace MAFlow.Torch.Training;

/// <summary>Trains a pair potential on a torus by climbing a ladder of smaller ones: what is learnt on one is lifted to the next, about
/// twice as large.</summary>
/// <remarks>
/// The start is the energy's alone: white noise carried to a Gaussian field, no samples of the target. Kernels are short against the
/// lattice, so that a lifted potential begins close to its end, and most of the work is done where it is cheap. Each rung is a variational
/// training of its own, by the path gradient, with its depth guard and its share of the time.
/// </remarks>
public sealed class LatticeLadder
{
    // A rung costs about four times as much a step as the one before, and begins closer to its end.
    private const double ShareGrowth = 3;

    // Below this a torus has too little in common with the next one.
    private const int LeastExtent = 6;

    private const int StepsPerStretch = 2;
    private readonly Func<Lattice, Energy> _energy;
    private readonly VariationalTrainerOptions _options;
    private readonly LatticePairOptions _potential;

    /// <summary>Creates a ladder.</summary>
    /// <param name="energy">The target on a torus of any size; the ladder disposes what it returns.</param>
    /// <param name="options">Options of every rung, whose time limit is that of all rungs together; with a limit of 30 minutes and a
    /// learning rate of 1e-2 when null. Its objective must be null: it is the free energy of each rung's target.</param>
    /// <param name="potential">Scales and features; defaults when null.</param>
    /// <exception cref="ArgumentException">An objective was given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public LatticeLadder(Func<Lattice, Energy> energy, VariationalTrainerOptions? options = null, LatticePairOptions? potential = null)
    {
        ArgumentNullException.ThrowIfNull(energy);
        _options = options ?? new() { Steps = 1_000_000, TimeLimit = TimeSpan.FromMinutes(30), AverageDecay = 0.99 };
        _options.Validate();
        _potential = potential ?? new();
        _potential.Validate();
        if (_options.Objective is not null)
        {
            throw new ArgumentException(
                $"Expected no objective, since each rung has its own target, got {_options.Objective.Identity}; leave it null, or use "
                + "VariationalTrainer.", nameof(options));
        }

        _energy = energy;
    }

    /// <summary>Trains on all rungs up to a torus.</summary>
    /// <param name="lattice">The torus of the last rung.</param>
    /// <param name="progress">Makes the listener of a rung's steps and measurements from its torus and its flow; null for none.</param>
    /// <param name="reached">Called when a rung has ended, with its flow, which the ladder disposes; null for none.</param>
    /// <param name="cancellationToken">Stops training within one step.</param>
    /// <returns>The trained flow of the last rung, which the caller disposes, and what each rung reached.</returns>
    /// <exception cref="ArgumentException">The lattice is open.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for; with a CheckpointPath the next call goes on from
    /// there.</exception>
    /// <exception cref="FormatException">A checkpoint is damaged or belongs to another training.</exception>
    public LadderReport Fit(
        Lattice lattice,
        Func<Lattice, MongeAmpereFlow, IProgress<TrainingProgress>?>? progress = null,
        Action<LadderRung, MongeAmpereFlow>? reached = null,
        CancellationToken cancellationToken = default)
    {
        var tori = Tori(lattice);
        var rungs = new List<LadderRung>();
        MongeAmpereFlow? flow = null;
        try
        {
            foreach (var torus in tori)
            {
                using var energy = _energy(torus);
                var next = Next(flow, torus, energy);
                flow?.Dispose();
                flow = next;
                var options = Options(torus, rungs.Count, tori.Count, energy);
                var report = new VariationalTrainer(options).Fit(flow, energy, progress?.Invoke(torus, flow), cancellationToken);
                rungs.Add(new(torus, report));
                reached?.Invoke(rungs[^1], flow);
            }
        }
        catch
        {
            flow?.Dispose();
            throw;
        }

        if (!_options.KeepCheckpoint && _options.Collective.Rank == 0)
        {
            tori.Select(Checkpoint).OfType<string>().ToList().ForEach(File.Delete);
        }

        return new(flow!, rungs);
    }

    /// <summary>The tori to a torus, smallest first: each half as large as the next, rounded up, while that is not too small.</summary>
    internal static IReadOnlyList<Lattice> Tori(Lattice lattice)
    {
        ArgumentNullException.ThrowIfNull(lattice);
        var tori = new List<Lattice> { lattice };
        while ((tori[^1].Extents.Min() + 1) / 2 >= LeastExtent)
        {
            tori.Add(new(lattice.Boundary, [.. tori[^1].Extents.Select(extent => (extent + 1) / 2)]));
        }

        tori.Reverse();
        return tori;
    }

    private MongeAmpereFlow Next(MongeAmpereFlow? before, Lattice torus, Energy energy)
    {
        var potential = before?.Potential is LatticePairPotential smaller
            ? smaller.Lift(torus)
            : LatticePairPotential.AtRest(torus, energy.Variances ?? [.. Enumerable.Repeat(1.0, torus.Sites)], _potential);
        // A smaller torus may have needed more: its training began from nothing. The guard refines again.
        var least = StepsPerStretch * Math.Max(2, _potential.Knots);
        return new(potential, new() { Depth = Math.Max((before?.Options.Depth ?? 0) / 2, least) });
    }

    private VariationalTrainerOptions Options(Lattice torus, int rung, int rungs, Energy energy)
    {
        var share = Math.Pow(ShareGrowth, rung) / Enumerable.Range(0, rungs).Sum(other => Math.Pow(ShareGrowth, other));
        return _options with
        {
            Objective = Objective.FreeEnergy(energy, pathGradient: true),
            TimeLimit = share * _options.TimeLimit,
            CheckpointPath = Checkpoint(torus),
            // A ladder that is resumed passes the rungs that have ended.
            KeepCheckpoint = true,
            // What was lifted is to be refined, not to be thrown about.
            LearningRate = rung == 0 ? _options.LearningRate : _options.LearningRate / 2,
        };
    }

    private string? Checkpoint(Lattice torus) => _options.CheckpointPath is { } path ? $"{path}.{string.Join('x', torus.Extents)}" : null;
}
