using System.Globalization;
using MAFlow.Examples;
using static System.FormattableString;

namespace IsingFreeEnergy;

/// <summary>What the command line asks for.</summary>
public sealed record Settings(Model Model, double MassSquared, double Coupling, int Size, double Temperature, Boundary Boundary, double Minutes, int Depth, int Seed, bool Resume, DirectoryInfo Output, FileInfo? Report)
{
    /// <summary>Who trains.</summary>
    public Processes Processes { get; init; } = Processes.Alone;

    /// <summary>Time of the whole run: more than half of it trains on a torus, half of it elsewhere, the final measurement and the estimators share the rest.</summary>
    public TimeSpan Time => TimeSpan.FromMinutes(Minutes);

    /// <summary>Whether likelihood comes first: on larger lattices it takes longer than it saves.</summary>
    public bool HasWarmStart => Boundary == Boundary.Open && Size <= 16;

    public TimeSpan WarmStartTime => (HasWarmStart ? 0.15 : 0) * Time;

    public TimeSpan TrainingTime => (Boundary == Boundary.Periodic ? 0.6 : HasWarmStart ? 0.35 : 0.5) * Time;

    /// <summary>The command that goes on with this run.</summary>
    public string ResumeCommand => string.Create(CultureInfo.InvariantCulture,
        $"dotnet run -c Release --project examples/IsingFreeEnergy -- {(Model == Model.Phi4 ? Invariant($"--model Phi4 --mass-squared {MassSquared:R} --coupling {Coupling:R}") : Invariant($"--temperature {Temperature:R} --boundary {Boundary}"))} --size {Size} --minutes {Minutes:R} --depth {Depth} --seed {Seed} --output \"{Output}\"{(Report is null ? "" : $" --report \"{Report}\"")} --resume");
}

/// <summary>Which model.</summary>
public enum Model
{
    /// <summary>The two-dimensional Ising model.</summary>
    Ising,

    /// <summary>Lattice φ⁴ with the action Σ m²φ² + λφ⁴ + Σ (φᵢ - φⱼ)².</summary>
    Phi4,
}
