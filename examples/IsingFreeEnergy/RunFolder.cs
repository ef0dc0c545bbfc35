using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MAFlow.Examples;

namespace IsingFreeEnergy;

/// <summary>The files of a run, from which it goes on after an interruption.</summary>
public sealed class RunFolder
{
    private static readonly JsonSerializerOptions _format = new() { WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly string _path;

    /// <summary>Begins a run, or goes on with the one in the folder.</summary>
    /// <exception cref="FormatException">Another problem was begun in the folder that is to be resumed.</exception>
    public RunFolder(Settings settings)
    {
        _path = settings.Output.FullName;
        Begin(settings);
        // What process 0 goes on with, all go on with.
        foreach (var file in (string[])[WarmStart, Flow, this["trained.json"], this["rungs.json"]])
        {
            settings.Processes.Share(file);
        }
    }

    public string Checkpoint => this["training.safetensors"];

    public string Flow => this["flow.safetensors"];

    /// <summary>The flow that the variational training started from.</summary>
    public string WarmStart => this["warm-start.safetensors"];

    public string this[string name] => Path.Combine(_path, name);

    /// <summary>The report of a training that has ended, or null.</summary>
    public TrainingReport? Trained => File.Exists(this["trained.json"]) && File.Exists(Flow) ? Read<TrainingReport>("trained.json") : null;

    /// <summary>What the rungs of a ladder reached; none before it has ended, and where there is no ladder.</summary>
    public IReadOnlyList<Rung> Rungs => File.Exists(this["rungs.json"]) ? Read<IReadOnlyList<Rung>>("rungs.json") : [];

    public void KeepRungs(IReadOnlyList<Rung> rungs) => Write("rungs.json", rungs);

    public void KeepTrained(MongeAmpereFlow flow, TrainingReport report)
    {
        flow.Save(Flow);
        Write("trained.json", report);
    }

    /// <summary>Writes a file in one step.</summary>
    /// <returns>Its path.</returns>
    public string Save(string name, byte[] bytes)
    {
        AtomicFile.Write(this[name], temporary => File.WriteAllBytes(temporary, bytes));
        return this[name];
    }

    public string Save(string name, IEnumerable<string> lines)
    {
        AtomicFile.Write(this[name], temporary => File.WriteAllLines(temporary, lines));
        return this[name];
    }

    private void Begin(Settings settings)
    {
        var problem = new Problem(settings.Size, settings.Temperature, settings.Boundary, settings.Depth, settings.Seed)
        {
            Model = settings.Model, MassSquared = settings.MassSquared, Coupling = settings.Coupling,
        };
        if (settings.Resume && File.Exists(this["problem.json"]))
        {
            var begun = Read<Problem>("problem.json");
            if (begun != problem)
            {
                throw new FormatException($"Expected --resume with the options the run in '{_path}' was begun with, {begun}, got {problem}; give those, or another --output.");
            }

            return;
        }

        foreach (var file in Directory.EnumerateFiles(_path, "stage-*.txt").Concat(Directory.EnumerateFiles(_path, "training.safetensors*"))
            .Concat([WarmStart, this["trained.json"], this["rungs.json"]]))
        {
            File.Delete(file);
        }

        Write("problem.json", problem);
    }

    private void Write<T>(string name, T value) => Save(name, [JsonSerializer.Serialize(value, _format)]);

    private T Read<T>(string name)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(this[name]), _format) ?? throw new FormatException(
                $"Expected contents in '{this[name]}', got nothing; run without --resume.");
        }
        catch (JsonException error)
        {
            throw new FormatException(
                $"Expected the file '{this[name]}' as this program writes it, got: {error.Message} Run without --resume.", error);
        }
    }

    private sealed record Problem(int Size, double Temperature, Boundary Boundary, int Depth, int Seed)
    {
        public Model Model { get; init; }
        public double MassSquared { get; init; }
        public double Coupling { get; init; }
    }
}

/// <summary>The learning curve as CSV; per-site values in nats.</summary>
public static class CurveFile
{
    /// <returns>The path of the file.</returns>
    public static string Write(RunFolder folder, IReadOnlyList<TrainingRecord> curve, int sites) => folder.Save("curve.csv", [
        "step,seconds,freeEnergyPerSite,standardErrorPerSite,stdLogWeight,depth,depthCheckPerSite",
        .. curve.Select(point => string.Create(CultureInfo.InvariantCulture,
            $"{point.Step},{point.ElapsedSeconds:F1},{point.FreeEnergy!.FreeEnergy / sites:R},{point.FreeEnergy!.StandardError / sites:R},{point.FreeEnergy!.Deviation:R},{point.FreeEnergy!.Depth},{point.FreeEnergy!.DepthCheck / sites:R}")),
    ]);
}

/// <summary>What a rung of the ladder reached; free energies in nats.</summary>
/// <param name="Size">Side of its torus.</param>
/// <param name="VariationalFreeEnergyPerSite">Null where no depth converged, so that there is no bound.</param>
/// <param name="StandardError">Of the one before.</param>
/// <param name="KlNats">Divergence from the target by the exact value; null where that is not known.</param>
/// <param name="StdLogWeightNats">Standard deviation of ln p + E.</param>
/// <param name="EffectiveSampleFraction">Of the weights of the final measurement's samples.</param>
/// <param name="Depth">Depth that twice as many steps confirm.</param>
/// <param name="Iterations">Optimiser steps.</param>
/// <param name="Seconds">Time of its training.</param>
public sealed record Rung(
    int Size, double? VariationalFreeEnergyPerSite, double? StandardError, double? KlNats, double? StdLogWeightNats, double? EffectiveSampleFraction, int Depth, long Iterations, double Seconds)
{
    public static Rung Of(LadderRung rung, Func<Lattice, Energy> target)
    {
        using var energy = target(rung.Lattice);
        var (sites, training, final) = (rung.Lattice.Sites, rung.Training, rung.Training.FreeEnergy);
        return new(
            rung.Lattice.Extents[0], final?.FreeEnergy / sites, final?.StandardError / sites, final?.FreeEnergy + energy.ExactLogPartition(),
            final?.Deviation, final?.EffectiveSampleFraction, training.Depth, training.Steps, training.Elapsed.TotalSeconds);
    }
}
