namespace MAFlow.Torch.Training;

/// <summary>What climbing a ladder of tori led to.</summary>
public sealed record LadderReport
{
    internal LadderReport(MongeAmpereFlow flow, IReadOnlyList<LadderRung> rungs) => (Flow, Rungs) = (flow, rungs);

    /// <summary>The trained flow of the last rung, at the depth that its last measurement accepted; the caller disposes it.</summary>
    public MongeAmpereFlow Flow { get; }

    /// <summary>What each rung reached, the smallest torus first.</summary>
    public IReadOnlyList<LadderRung> Rungs { get; }
}

/// <summary>One rung of a ladder.</summary>
public sealed record LadderRung
{
    internal LadderRung(Lattice lattice, TrainingReport training) => (Lattice, Training) = (lattice, training);

    /// <summary>Its torus.</summary>
    public Lattice Lattice { get; }

    /// <summary>Its training.</summary>
    public TrainingReport Training { get; }
}
