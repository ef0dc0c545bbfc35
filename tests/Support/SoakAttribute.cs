namespace MAFlow.Tests;

/// <summary>A test of minutes instead of seconds, skipped unless the environment variable MAFLOW_SOAK is 1.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SoakAttribute : ConditionBaseAttribute
{
    /// <summary>The category by which a filter selects these tests.</summary>
    public const string Category = "Soak";

    public SoakAttribute()
        : base(ConditionMode.Include) => IgnoreMessage = "Runs with MAFLOW_SOAK=1.";

    public override string GroupName => Category;

    public override bool IsConditionMet => Environment.GetEnvironmentVariable("MAFLOW_SOAK") == "1";
}
