using static TorchSharp.torch;

namespace ClusterFreeEnergy;

/// <summary>The energy that is asked for, and flows that suit it.</summary>
public sealed record Cluster(Settings Settings)
{
    private bool IsWells => Settings.Model == Model.DoubleWells;

    /// <summary>Beyond it particles hardly ever are.</summary>
    public double Range => IsWells ? 8 : 3.5;

    /// <summary>Width of the cluster around its centre of mass, roughly; it is trained.</summary>
    private double Spread => IsWells ? 1.6 : 0.7 * Math.Pow(Settings.Particles / 13.0, 1.0 / Settings.Dimensions);

    public string Name => (Settings.Model, Settings.Particles, Settings.Dimensions) switch
    {
        (Model.DoubleWells, 4, 2) => "DW4",
        (Model.LennardJones, 13, 3) => "LJ13",
        _ => $"{Settings.Particles} particles in {Settings.Dimensions} dimension{(Settings.Dimensions == 1 ? "" : "s")}, {(IsWells ? "double wells" : "Lennard-Jones")}",
    };

    public ParticleEnergy Energy() => IsWells
        ? ParticleEnergy.DoubleWells(Settings.Particles, Settings.Dimensions, temperature: Settings.Temperature)
        : ParticleEnergy.LennardJones(Settings.Particles, Settings.Dimensions, depth: 1 / Settings.Temperature);

    /// <summary>A flow to train.</summary>
    public MongeAmpereFlow Flow() => new(
        ParticlePairPotential.AtRest(
            Settings.Particles, Settings.Dimensions, new()
            {
                // The wells are three apart: triples have to tell them from what is between.
                Range = Range, Gaussians = IsWells ? 20 : 24, TripleGaussians = IsWells ? 10 : 6, Knots = 4, Spread = Spread,
            }),
        new() { Depth = 8 });

    /// <summary>The identity map: coordinates for Monte Carlo and annealing that owe nothing to the training, and cost nothing.</summary>
    public MongeAmpereFlow Rest(Generator generator)
    {
        using var scope = NewDisposeScope();
        var direction = ones(1, Settings.Particles * Settings.Dimensions);
        return new(RidgePotential.AtRest(direction, Activation.LogCosh, generator), new() { Depth = 1 });
    }

    public VariationalTrainerOptions Training() => new()
    {
        Steps = 1_000_000,
        TimeLimit = Settings.TrainingTime,
        BatchSize = IsWells ? 256 : 32,
        LearningRate = IsWells ? 0.02 : 0.03,
        MeasureEverySteps = 50,
        MeasureSamples = 256,
        FinalSamples = 4096,
        AverageDecay = 0.95,
        DepthTolerancePerCoordinate = IsWells ? 5e-3 : 1e-3,
        MaxDepth = 96,
        Seed = (ulong)Settings.Seed,
    };
}
