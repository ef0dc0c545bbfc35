namespace ClusterFreeEnergy;

/// <summary>What the command line asks for.</summary>
public sealed record Settings(Model Model, int Particles, int Dimensions, double Temperature, double Minutes, int Seed, DirectoryInfo Output, FileInfo? Report)
{
    /// <summary>Time of the whole run: two thirds of it train, the chains, the weights and the annealing share the rest.</summary>
    public TimeSpan Time => TimeSpan.FromMinutes(Minutes);

    public TimeSpan TrainingTime => 0.65 * Time;
}

/// <summary>Which forces.</summary>
public enum Model
{
    /// <summary>Double wells of every distance; DW4 with four particles in the plane.</summary>
    DoubleWells,

    /// <summary>Lennard-Jones clusters; LJ13 with thirteen particles in space.</summary>
    LennardJones,
}
