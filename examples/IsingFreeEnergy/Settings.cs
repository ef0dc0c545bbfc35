using MAFlow.Torch;

namespace IsingFreeEnergy;

/// <summary>What the command line asks for.</summary>
public sealed record Settings(int Size, double Temperature, Boundary Boundary, double Minutes, int Depth, int Seed, bool Resume, DirectoryInfo Output, FileInfo? Report);
