#pragma once

// Structs of the PJRT C API that our headers name but never look into, so that
// a program which embeds the library needs no PJRT header.
struct PJRT_Api;
struct PJRT_Buffer;
struct PJRT_Buffer_MemoryLayout;
struct PJRT_Client;
struct PJRT_Device;
struct PJRT_DeviceDescription;
struct PJRT_Error;
struct PJRT_Event;
struct PJRT_Executable;
struct PJRT_Extension_Base;
struct PJRT_LoadedExecutable;
struct PJRT_Memory;
struct PJRT_NamedValue;
struct PJRT_TopologyDescription;
