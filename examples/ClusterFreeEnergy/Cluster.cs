using System.CommandLine;
using MAFlow.Examples;
using static TorchSharp.torch;

namespace ClusterFreeEnergy;

/// <summary>The energy that is asked for, and flows that suit it.</summary>
public sealed record Cluster(Settings Settings)
{
    private bool IsWells => Settings.Model == Model.DoubleWells;

    /// <summary>Beyond it particles hardly ever are.</summary>
    public double Range => IsWells ? 8 : 3.5;

    /// <summary>Width of the cluster around its centre of mass, roughly; it is trained.</summary>
    private double Spread => IsWells ? 1.6 : 0.75 * Math.Pow(Settings.Particles / 13.0, 0.5 / Settings.Dimensions);

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
                // The wells are three apart: units have to tell them from what is between.
                Range = Range, Gaussians = IsWells ? 20 : 24, TripleGaussians = IsWells ? 12 : 8, Units = IsWells ? 32 : 16, Knots = IsWells ? 6 : 4,
                DrawsEachStretch = IsWells,
                Spread = Spread,
            }),
        // Sharp forces part the wells: a method of order five needs fewer stages for them.
        new() { Depth = 8, Integrator = new ExplicitRungeKutta(ButcherTableau.DormandPrince5) });

    /// <summary>The identity map: coordinates for Monte Carlo and annealing that owe nothing to the training, and cost nothing.</summary>
    public MongeAmpereFlow Rest(Generator generator)
    {
        using var scope = NewDisposeScope();
        var direction = ones(1, Settings.Particles * Settings.Dimensions);
        return new(RidgePotential.AtRest(direction, Activation.LogCosh, generator), new() { Depth = 1 });
    }

    /// <summary>How to train towards an energy.</summary>
    /// <remarks>The first gradients are a hundred times as large as the last ones: they are clipped, and Adam forgets them early.</remarks>
    public VariationalTrainerOptions Training(Energy energy) => new()
    {
        // Weights are to be trusted: nothing of the target may be left out.
        Objective = Objective.JeffreysDivergence(energy),
        Steps = 1_000_000,
        TimeLimit = Settings.TrainingTime,
        // Many independent particles meet in cores, which cost thousands of nats.
        AnnealingFraction = IsWells || Settings.Particles <= 4 ? 0 : 0.1,
        BatchSize = Settings.Particles <= 4 ? 512 : 64,
        LearningRate = IsWells ? 0.008 : 0.01,
        Beta2 = 0.99,
        MaxGradientNorm = 10,
        MeasureEverySteps = 100,
        MeasureSamples = 512,
        FinalSamples = 4096,
        AverageDecay = 0.99,
        DepthTolerancePerCoordinate = IsWells ? 5e-3 : 1e-3,
        MaxDepth = 96,
        Seed = (ulong)Settings.Seed,
    };
}

/// <summary>Options and their checks.</summary>
public static class CommandLine
{
    public static int Run(string[] args, Action<Settings, CancellationToken> job)
    {
        var model = Options.Of("--model", Model.DoubleWells, "DoubleWells (DW4) or LennardJones (LJ13).");
        var particles = new Option<int?>("--particles") { Description = "From 2 to 40; default 4 for double wells, 13 for Lennard-Jones. ln Z of 2 and 3 is compared with quadrature." };
        var dimensions = new Option<int?>("--dimensions") { Description = "1, 2 or 3; default 2 for double wells, 3 for Lennard-Jones." };
        var temperature = Options.Of("--temperature", 1.0, "Temperature in units of the pair forces.");
        var minutes = Options.Of("--minutes", 4.0, "Time of the whole run; seven tenths of it train.");
        var seed = Options.Of("--seed", 1, "Seed of everything random.");
        var output = Options.Output("Directory for flow and figures.", "out/cluster");
        var report = Options.Report();
        Options.Require(model, Enum.IsDefined, "DoubleWells or LennardJones");
        Options.Require(particles, value => value is null or (>= 2 and <= 40), "a number from 2 to 40");
        Options.Require(dimensions, value => value is null or (>= 1 and <= 3), "1, 2 or 3");
        Options.Require(temperature, value => value is >= 0.1 and <= 100, "a temperature from 0.1 to 100");
        Options.Require(minutes, value => value is > 0 and <= 10_000, "a positive time");
        Options.Require(seed, value => value >= 0, "a seed of at least 0");
        var command = new RootCommand("Learns the variational free energy of a cluster of identical particles, and checks it against Monte Carlo, annealing and quadrature.")
        {
            model, particles, dimensions, temperature, minutes, seed, output, report,
        };
        command.SetAction(parsed =>
        {
            var (chosen, wells) = (parsed.GetValue(model), parsed.GetValue(model) == Model.DoubleWells);
            var settings = new Settings(
                chosen, parsed.GetValue(particles) ?? (wells ? 4 : 13), parsed.GetValue(dimensions) ?? (wells ? 2 : 3), parsed.GetValue(temperature),
                parsed.GetValue(minutes), parsed.GetValue(seed), parsed.GetRequiredValue(output), parsed.GetValue(report));
            return ConsoleProgram.Run(
                [settings.Output, settings.Report?.Directory], "Cancelled.", cancellation => job(settings, cancellation));
        });
        return ConsoleProgram.Invoke(command, args);
    }
}

/// <summary>What the command line asks for.</summary>
public sealed record Settings(
    Model Model, int Particles, int Dimensions, double Temperature, double Minutes, int Seed, DirectoryInfo Output, FileInfo? Report)
{
    /// <summary>Time of the whole run: seven tenths of it train, the chains, the weights and the annealing share the rest.</summary>
    public TimeSpan Time => TimeSpan.FromMinutes(Minutes);

    public TimeSpan TrainingTime => 0.7 * Time;
}

/// <summary>Which forces.</summary>
public enum Model
{
    /// <summary>Double wells of every distance; DW4 with four particles in the plane.</summary>
    DoubleWells,

    /// <summary>Lennard-Jones clusters; LJ13 with thirteen particles in space.</summary>
    LennardJones,
}
